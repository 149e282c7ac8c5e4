/** Counts of series, label pairs and values over label sets, for a part of the series that no index has counts of. */
import { type Labels, METRIC_NAME } from '@promontory/model';
import type { Cardinality, Counted } from '../data-source.ts';

/** Series that are looked at for one answer. */
export const SCOPED_SERIES_MAX = 1_000_000;

type Counts = Map<string, number>;

/** Only the counts of series and labels: lists have the largest counts first, equal ones by name. */
export type LabelCounts = Pick<
  Cardinality,
  | 'seriesCount'
  | 'labelPairCount'
  | 'seriesByMetric'
  | 'valuesByLabelName'
  | 'valueBytesByLabelName'
  | 'seriesByLabelPair'
>;

/** @param topMax the longest list wanted */
export function countLabels(series: readonly Labels[], topMax: number): LabelCounts {
  const byName = new Map<string, Counts>();
  for (const labels of series) {
    for (const [name, value] of labels.entries()) {
      const values = byName.get(name) ?? new Map<string, number>();
      byName.set(name, values);
      values.set(value, (values.get(value) ?? 0) + 1);
    }
  }
  const names = [...byName];
  const pairs = names.flatMap(([name, values]) =>
    Array.from(values, ([value, count]) => ({ name: `${name}=${value}`, count })),
  );
  return {
    seriesCount: series.length,
    labelPairCount: pairs.length,
    seriesByMetric: largest(listOf(byName.get(METRIC_NAME) ?? new Map()), topMax),
    valuesByLabelName: largest(
      names.map(([name, values]) => ({ name, count: values.size })),
      topMax,
    ),
    valueBytesByLabelName: largest(
      names.map(([name, values]) => ({ name, count: byteLength(values.keys()) })),
      topMax,
    ),
    seriesByLabelPair: largest(pairs, topMax),
  };
}

function listOf(counts: Counts): Counted[] {
  return Array.from(counts, ([name, count]) => ({ name, count }));
}

function byteLength(texts: Iterable<string>): number {
  let bytes = 0;
  for (const text of texts) bytes += Buffer.byteLength(text);
  return bytes;
}

function largest(counted: readonly Counted[], topMax: number): Counted[] {
  const sorted = counted.toSorted(
    (left, right) => right.count - left.count || (left.name < right.name ? -1 : 1),
  );
  return sorted.slice(0, topMax);
}
