/**
 * The static half of vector matching: which series can meet, and what the results are called. Series of the
 * "many" and the "one" side with equal signatures form a group; every distinct result label set of a group is
 * one output series. Whether series really meet is decided step by step, by the operator.
 */
import type { Labels } from '@promontory/model';
import { isComparison, type BinaryOperator, type VectorMatching } from '../../ast/expression.ts';
import type { QueryContext } from '../../evaluate/query-context.ts';
import { METADATA_LABELS, type SeriesMetadata } from '../operator.ts';
import { signatureOf } from './signature.ts';

export interface MatchGroup {
  /** Indices of series, in order. */
  readonly many: number[];
  readonly one: number[];
  /** The labels that match, for error messages. */
  readonly signature: Labels;
}

export interface MatchOutput {
  readonly group: MatchGroup;
  readonly series: SeriesMetadata;
  /** Pairs of series that give this output; more than one when their results have the same labels. */
  readonly pairs: { readonly many: number; readonly one: number }[];
}

export interface MatchSides {
  readonly many: readonly SeriesMetadata[];
  readonly one: readonly SeriesMetadata[];
}

export interface MatchRules {
  readonly operator: BinaryOperator;
  readonly matching: VectorMatching;
  readonly returnBool: boolean;
}

/** Several series of the "one" side could meet, with or without a partner. */
export function isCrowded(group: MatchGroup): boolean {
  return group.one.length > 1;
}

/** The series of both sides by what must be equal. */
export function groupBySignature(
  context: QueryContext,
  sides: MatchSides,
  matching: VectorMatching,
): MatchGroup[] {
  const signatureFor = signatureOf(matching);
  const groups = new Map<string, MatchGroup>();
  const groupOf = (labels: Labels): MatchGroup => {
    context.tick();
    const signature = signatureFor(labels);
    let group = groups.get(signature.key);
    if (group === undefined) {
      group = { many: [], one: [], signature };
      groups.set(signature.key, group);
    }
    return group;
  };
  for (const [index, { labels }] of sides.many.entries()) groupOf(labels).many.push(index);
  for (const [index, { labels }] of sides.one.entries()) groupOf(labels).one.push(index);
  return [...groups.values()];
}

/**
 * What a group gives. Its pairs are held in memory, so they count as samples where they could be very many.
 *
 * @throws PromontoryError ERR_QUERY_SAMPLES_MAX
 */
export function outputsOf(
  context: QueryContext,
  group: MatchGroup,
  sides: MatchSides,
  rules: MatchRules,
): MatchOutput[] {
  if (isCrowded(group)) context.budget.hold(group.many.length * group.one.length);
  const outputs = new Map<string, MatchOutput>();
  for (const many of group.many) {
    for (const one of group.one) {
      context.tick();
      const manySeries = sides.many[many];
      const oneSeries = sides.one[one];
      if (manySeries === undefined || oneSeries === undefined) continue;
      const labels = resultLabels(manySeries.labels, oneSeries.labels, rules);
      const known = outputs.get(labels.key);
      if (known !== undefined) {
        known.pairs.push({ many, one });
        continue;
      }
      context.labelBudget.holdCopy(labels);
      const dropName = rules.returnBool || (isComparison(rules.operator) && manySeries.dropName);
      outputs.set(labels.key, { group, series: { labels, dropName }, pairs: [{ many, one }] });
    }
  }
  return [...outputs.values()];
}

function resultLabels(many: Labels, one: Labels, rules: MatchRules): Labels {
  const { operator, matching } = rules;
  let labels = isComparison(operator) ? many : many.drop(METADATA_LABELS);
  if (matching.cardinality === 'one-to-one') {
    const names = new Set(matching.labelNames);
    labels = matching.on ? labels.keep(names) : labels.drop(names);
  }
  for (const name of matching.includedNames) labels = labels.with(name, one.get(name));
  return labels;
}
