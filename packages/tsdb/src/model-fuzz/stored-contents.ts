/** Everything that can be read from a database, in a form that is easy to compare; for tests. */
import {
  encodeHistogram,
  type Matcher,
  type NativeHistogram,
  reduceToStoredSchema,
  SampleColumns,
} from '@promontory/model';
import type { Exemplar, MetricMetadata, Tsdb, TsdbSeriesSet } from '../index.ts';

export interface StoredSample {
  /** `floatText` or `histogramText`: equal texts are equal bits. */
  readonly value: string;
  /** 0 when it is not known. */
  readonly startMs: number;
}

/** timestamp → sample. */
export type SeriesSamples = Map<number, StoredSample>;

export interface StoredContents {
  /** Series as text → its samples; series without samples are there, too. */
  readonly samples: Map<string, SeriesSamples>;
  /** Series as text → `exemplarText` of each. */
  readonly exemplars: Map<string, string[]>;
  /** Metric → `metadataText` of each, the latest repeated first. */
  readonly metadata: Map<string, string[]>;
}

export const EVER = {
  rangeStartMsInclusive: Number.NEGATIVE_INFINITY,
  rangeEndMsInclusive: Number.POSITIVE_INFINITY,
};

export function floatText(low: number, high: number): string {
  return `float ${(high >>> 0).toString(16)} ${(low >>> 0).toString(16)}`;
}

export function histogramText(histogram: NativeHistogram): string {
  return `histogram ${Buffer.from(encodeHistogram(reduceToStoredSchema(histogram))).toString('hex')}`;
}

export function exemplarText({ timestampMs, value, labels }: Exemplar): string {
  return `${timestampMs} ${value} ${labels.toString()}`;
}

export function metadataText({ type, unit, help }: MetricMetadata): string {
  return JSON.stringify([type, unit, help]);
}

export function readContents(tsdb: Tsdb): StoredContents {
  const browse = { ...EVER, matcherSets: [], countMax: 0 };
  const metadata = tsdb.metadata({ metricsMax: 0, sayingsPerMetricMax: 0 });
  return {
    samples: readSelected(tsdb, []),
    exemplars: new Map(
      tsdb
        .exemplars(browse)
        .values.map(({ labels, exemplars }) => [labels.toString(), exemplars.map(exemplarText)]),
    ),
    metadata: new Map(Array.from(metadata, ([metric, sayings]) => [metric, sayings.map(metadataText)])),
  };
}

export function readSelected(
  tsdb: Tsdb,
  matchers: readonly Matcher[],
  range = EVER,
): Map<string, SeriesSamples> {
  const set = tsdb.select({ ...range, matchers });
  try {
    return readSet(set, range);
  } finally {
    set.close();
  }
}

/**
 * What the set has in the range, of all its series.
 *
 * @param seesLater the set is an old one: of a sample that was deleted since and one of the other kind that was
 *   written at its time, it may see both
 */
export function readSet(set: TsdbSeriesSet, range = EVER, seesLater = false): Map<string, SeriesSamples> {
  const contents = new Map<string, SeriesSamples>();
  for (let index = 0; index < set.seriesCount; index++) {
    const name = set.labels(index).toString();
    if (contents.has(name)) throw new Error(`series ${name} is there twice`);
    contents.set(name, inRange(readSeries(set, index, seesLater), range));
  }
  return contents;
}

function readSeries(set: TsdbSeriesSet, index: number, seesLater: boolean): SeriesSamples {
  const values: [number, string][] = [];
  const columns = new SampleColumns();
  set.read(index, columns);
  const { valueWords } = columns;
  for (let at = 0; at < columns.count; at++)
    values.push([columns.timestampMs[at]!, floatText(valueWords[2 * at]!, valueWords[2 * at + 1]!)]);
  mustAscend(values);
  const histograms = set.readHistograms(index);
  const histogramValues = histograms.map(({ timestampMs, histogram }): [number, string] => [
    timestampMs,
    histogramText(histogram),
  ]);
  mustAscend(histogramValues);
  set.readStartTimestamps(index, columns);
  const starts = new Map<number, number>();
  for (let at = 0; at < columns.count; at++) starts.set(columns.timestampMs[at]!, columns.value[at]!);
  const samples: SeriesSamples = new Map();
  for (const [timestampMs, value] of [...values, ...histogramValues]) {
    if (samples.has(timestampMs) && !seesLater) throw new Error(`two samples at ${timestampMs}`);
    samples.set(timestampMs, { value, startMs: starts.get(timestampMs) ?? 0 });
    starts.delete(timestampMs);
  }
  for (const [timestampMs, startMs] of starts) samples.set(timestampMs, { value: 'only a start', startMs });
  return samples;
}

function mustAscend(values: readonly [number, string][]): void {
  for (let index = 1; index < values.length; index++) {
    if (values[index]![0] <= values[index - 1]![0])
      throw new Error(`samples at ${values[index]![0]} are not in order`);
  }
}

/** A read may give samples around its range. */
function inRange(samples: SeriesSamples, range: typeof EVER): SeriesSamples {
  const { rangeStartMsInclusive, rangeEndMsInclusive } = range;
  return new Map(
    [...samples].filter(([time]) => time >= rangeStartMsInclusive && time <= rangeEndMsInclusive),
  );
}
