/** The newest sample of every series that is asked for, unless it ends the series. */
import { PromontoryError, WorkTicker } from '@promontory/base';
import {
  type HistogramSample,
  type Labels,
  type Matcher,
  METRIC_NAME,
  type NativeHistogram,
  SampleColumns,
} from '@promontory/model';
import { ERR_QUERY_MEMORY_MAX, ERR_QUERY_SAMPLES_MAX, type SeriesSet } from '@promontory/promql';
import type { DataCall } from '../endpoints/endpoint.ts';
import type { RequestDeadline } from '../endpoints/request-deadline.ts';
import { UnionSeriesSet } from '../source/union-series-set.ts';

export interface NewestSample {
  readonly labels: Labels;
  readonly timestampMs: number;
  readonly value: number | NativeHistogram;
}

/** An entry of the list, and about what its line has beside the labels. */
const SAMPLE_BYTES = 200;
/** A bucket, in the list and in the answer. */
const BUCKET_BYTES = 16;

/**
 * Samples of the lookback before now, in no order. Series without a name are left out: no format can show them.
 *
 * @throws PromontoryError ERR_QUERY_SAMPLES_MAX, ERR_QUERY_MEMORY_MAX, ERR_QUERY_TIMEOUT, ERR_QUERY_CANCELLED
 */
export async function readNewestSamples(
  call: DataCall,
  matcherSets: readonly (readonly Matcher[])[],
  deadline: RequestDeadline,
): Promise<NewestSample[]> {
  const { source, clock, limits } = call.services;
  const nowMs = clock.nowMs();
  const hints = { stepMs: 0, rangeMs: 0, functionName: '' };
  const bounds = { rangeStartMsInclusive: nowMs - limits.lookbackDeltaMs, rangeEndMsInclusive: nowMs };
  let seriesCount = 0;
  const select = async (matchers: readonly Matcher[]): Promise<SeriesSet> => {
    const set = await source.select({ matchers, ...bounds, hints, checkpoint: deadline.check });
    seriesCount += set.seriesCount;
    return set;
  };
  const checkpoint = (): void => {
    deadline.check();
    if (seriesCount > limits.querySamplesMax) throw tooMany(seriesCount, limits.querySamplesMax);
  };
  const set = await UnionSeriesSet.open(
    matcherSets.map((matchers) => () => select(matchers)),
    checkpoint,
  );
  try {
    checkpoint();
    const ticker = new WorkTicker(deadline.check);
    const samples: NewestSample[] = [];
    const columns = new SampleColumns();
    let heldBytes = 0;
    for (let index = 0; index < set.seriesCount; index++) {
      ticker.tick();
      const labels = set.labels(index);
      if (!labels.has(METRIC_NAME)) continue;
      set.read(index, columns);
      const newest = newestOf(labels, columns, set.readHistograms(index), bounds);
      if (newest === null) continue;
      heldBytes += bytesOf(newest);
      if (heldBytes > limits.queryMemoryBytesMax) throw tooLarge(limits.queryMemoryBytesMax);
      samples.push(newest);
    }
    return samples;
  } finally {
    set.close();
  }
}

/** A set may hold samples outside of the bounds, too. */
function newestOf(
  labels: Labels,
  floats: SampleColumns,
  histograms: readonly HistogramSample[],
  bounds: { readonly rangeStartMsInclusive: number; readonly rangeEndMsInclusive: number },
): NewestSample | null {
  const isInside = (timestampMs: number): boolean =>
    timestampMs >= bounds.rangeStartMsInclusive && timestampMs <= bounds.rangeEndMsInclusive;
  let last = floats.count - 1;
  while (last >= 0 && floats.timestampMs[last]! > bounds.rangeEndMsInclusive) last--;
  const floatMs = last >= 0 && isInside(floats.timestampMs[last]!) ? floats.timestampMs[last]! : -Infinity;
  const sample = histograms.findLast(({ timestampMs }) => isInside(timestampMs));
  if (sample !== undefined && sample.timestampMs > floatMs) {
    const { timestampMs, histogram } = sample;
    return histogram.isStale ? null : { labels, timestampMs, value: histogram };
  }
  if (floatMs === -Infinity || floats.isStale(last)) return null;
  return { labels, timestampMs: floatMs, value: floats.value[last]! };
}

/** What the sample takes in the list and, once more, in the answer. */
function bytesOf({ labels, value }: NewestSample): number {
  let characters = 0;
  for (const text of labels.pairs) characters += text.length;
  const bucketCount =
    typeof value === 'number' ? 0 : value.positive.counts.length + value.negative.counts.length;
  return SAMPLE_BYTES + 2 * characters + BUCKET_BYTES * bucketCount;
}

function tooLarge(memoryBytesMax: number): PromontoryError {
  return new PromontoryError(
    `cannot federate: it would need too much memory; the limit is ${memoryBytesMax} bytes`,
    { code: ERR_QUERY_MEMORY_MAX, kind: 'execution', context: { memoryBytesMax } },
  );
}

function tooMany(seriesCount: number, samplesMax: number): PromontoryError {
  return new PromontoryError(
    `cannot federate: too many series; got ${seriesCount}, the limit is ${samplesMax} samples`,
    { code: ERR_QUERY_SAMPLES_MAX, kind: 'execution', context: { seriesCount, samplesMax } },
  );
}
