import type { Labels } from '@promontory/model';
import type { QueryContext } from '../../evaluate/query-context.ts';
import { METADATA_LABELS, type SeriesMetadata } from '../operator.ts';

export interface GroupingClause {
  readonly without: boolean;
  readonly labelNames: readonly string[];
}

/** Which group every input series belongs to, and the groups' own labels. */
export interface Grouping {
  readonly groups: readonly SeriesMetadata[];
  /** Input series → group. */
  readonly groupOfSeries: Int32Array;
}

/** A group loses its name when any of its members does. */
export function groupSeries(
  context: QueryContext,
  series: readonly SeriesMetadata[],
  clause: GroupingClause,
): Grouping {
  const groupLabels = groupLabelsOf(clause);
  const groupKey = groupKeyOf(clause);
  const groups: { labels: Labels; dropName: boolean }[] = [];
  const groupByKey = new Map<string, number>();
  const groupOfSeries = new Int32Array(series.length);
  for (const [index, { labels, dropName }] of series.entries()) {
    context.tick();
    const key = groupKey(labels);
    let group = groupByKey.get(key);
    if (group === undefined) {
      const own = groupLabels(labels);
      context.labelBudget.holdCopy(own);
      context.budget.holdSeries(own);
      group = groups.length;
      groupByKey.set(key, group);
      groups.push({ labels: own, dropName: false });
    }
    groupOfSeries[index] = group;
    const target = groups[group];
    if (dropName && target !== undefined) target.dropName = true;
  }
  return { groups, groupOfSeries };
}

/** The function from a series' labels to what only series of the same group have. */
function groupKeyOf(clause: GroupingClause): (labels: Labels) => string {
  const groupLabels = groupLabelsOf(clause);
  const [name, ...others] = clause.labelNames;
  if (clause.without || others.length > 0) return (labels) => groupLabels(labels).key;
  // One label, or none, needs no label set of its own.
  return name === undefined ? () => '' : (labels) => labels.get(name);
}

/** The function from a series' labels to its group's. */
export function groupLabelsOf({ without, labelNames }: GroupingClause): (labels: Labels) => Labels {
  const names = new Set(labelNames);
  if (!without) return (labels) => labels.keep(names);
  const dropped = new Set([...names, ...METADATA_LABELS]);
  return (labels) => labels.drop(dropped);
}
