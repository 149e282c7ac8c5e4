/** Counts of series, label pairs and values over label sets, for a part of the series that no index has counts of. */
import { WorkTicker } from '@promontory/base';
import { type Labels, METRIC_NAME } from '@promontory/model';
import type { Cardinality, CardinalityRequest, Counted } from '../data-source.ts';

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

/** Throws what the checkpoint of the request throws. */
export function countLabels(
  series: readonly Labels[],
  { topMax, checkpoint }: CardinalityRequest,
): LabelCounts {
  const ticker = new WorkTicker(checkpoint);
  const byName = new Map<string, Counts>();
  for (const labels of series) {
    ticker.tick();
    for (const [name, value] of labels.entries()) {
      const values = byName.get(name) ?? new Map<string, number>();
      byName.set(name, values);
      values.set(value, (values.get(value) ?? 0) + 1);
    }
  }
  const names = [...byName];
  const pairs = names.flatMap(([name, values]) =>
    Array.from(values, ([value, count]) => {
      ticker.tick();
      return { name: `${name}=${value}`, count };
    }),
  );
  const largest = (counted: readonly Counted[]): Counted[] =>
    counted.toSorted(ticker.ticking(byCount)).slice(0, topMax);
  return {
    seriesCount: series.length,
    labelPairCount: pairs.length,
    seriesByMetric: largest(listOf(byName.get(METRIC_NAME) ?? new Map())),
    valuesByLabelName: largest(names.map(([name, values]) => ({ name, count: values.size }))),
    valueBytesByLabelName: largest(
      names.map(([name, values]) => ({ name, count: byteLength(values.keys()) })),
    ),
    seriesByLabelPair: largest(pairs),
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

function byCount(left: Counted, right: Counted): number {
  return right.count - left.count || (left.name < right.name ? -1 : 1);
}
