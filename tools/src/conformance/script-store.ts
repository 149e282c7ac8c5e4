/**
 * The store that scripts load into: a source in memory that says what Prometheus's own store says of counter resets
 * (tsdb/chunkenc), since the scripts were written over that one.
 *
 * That store puts the histograms of a series into chunks, starts a new one at every counter reset it finds or is
 * told of, and keeps of the hints only what follows from the chunks: a gauge is a gauge; a histogram that continues
 * a chunk is no reset; of the first one of a chunk nothing is known, not even when it was loaded as a reset.
 */
import {
  reduceToStoredSchema,
  staleHistogram,
  walkBuckets,
  type HistogramBuckets,
  type Labels,
  type NativeHistogram,
} from '@promontory/model';
import { MemorySeriesSource, STALE } from '@promontory/promql';
import type { LoadedSample, LoadedSeries } from './script.ts';

export class ScriptStore {
  readonly source = new MemorySeriesSource();
  /** Key of a series → what was loaded last, where that is a histogram. */
  readonly #lastHistograms = new Map<string, NativeHistogram>();

  clear(): void {
    this.source.clear();
    this.#lastHistograms.clear();
  }

  /** Samples come in the order of their time, also over several calls. */
  load({ labels, samples }: LoadedSeries): void {
    for (const sample of samples) this.#add(labels, sample);
  }

  #add(labels: Labels, { timestampMs, value, startTimestampMs }: LoadedSample): void {
    const previous = this.#lastHistograms.get(labels.key) ?? null;
    const stored = storedForm(value, previous);
    this.source.add(labels, timestampMs, stored, startTimestampMs);
    // The hint as loaded decides how the chunk goes on.
    if (typeof stored !== 'object') this.#lastHistograms.delete(labels.key);
    else this.#lastHistograms.set(labels.key, typeof value === 'object' ? value : stored);
  }
}

function storedForm(
  value: LoadedSample['value'],
  previous: NativeHistogram | null,
): number | typeof STALE | NativeHistogram {
  // A marker of staleness is of the kind of the sample before it.
  if (value === STALE) return previous === null ? STALE : staleHistogram(false);
  if (typeof value === 'number') return value;
  const histogram = reduceToStoredSchema(value);
  return { ...histogram, counterResetHint: storedHint(value, previous) };
}

function storedHint(
  histogram: NativeHistogram,
  previous: NativeHistogram | null,
): NativeHistogram['counterResetHint'] {
  if (histogram.counterResetHint === 'gauge') return 'gauge';
  return previous !== null && continuesChunk(histogram, previous) ? 'not-reset' : 'unknown';
}

function continuesChunk(histogram: NativeHistogram, previous: NativeHistogram): boolean {
  return (
    previous.counterResetHint !== 'gauge' &&
    !previous.isStale &&
    histogram.counterResetHint !== 'reset' &&
    histogram.schema === previous.schema &&
    histogram.zeroThreshold === previous.zeroThreshold &&
    histogram.customValues.join(' ') === previous.customValues.join(' ') &&
    histogram.count >= previous.count &&
    histogram.zeroCount >= previous.zeroCount &&
    hasGrown(histogram.positive, previous.positive) &&
    hasGrown(histogram.negative, previous.negative)
  );
}

function hasGrown(buckets: HistogramBuckets, previous: HistogramBuckets): boolean {
  const counts = new Map<number, number>();
  walkBuckets(buckets, (bucketIndex, count) => counts.set(bucketIndex, count));
  let isGrown = true;
  walkBuckets(previous, (bucketIndex, count) => {
    if (count > (counts.get(bucketIndex) ?? 0)) isGrown = false;
  });
  return isGrown;
}
