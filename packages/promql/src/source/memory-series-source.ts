/**
 * A ready series source that holds its samples in memory, for embedding and for tests. Every question scans
 * all series; samples may be added between queries, a set that was given out keeps reading what is there.
 */
import { assert, WorkTicker } from '@promontory/base';
import {
  compareLabels,
  compareUtf8,
  SampleColumns,
  setStaleAt,
  type HistogramSample,
  type Labels,
  type Matcher,
  type NativeHistogram,
} from '@promontory/model';
import type { LabelAnswer, LabelRequest, SelectRequest, SeriesSet, SeriesSource } from '../series-source.ts';

interface MemorySeries {
  readonly labels: Labels;
  readonly floats: SampleColumns;
  readonly histograms: HistogramSample[];
  /** The start timestamps that are known, as values, by the samples' own timestamps. */
  readonly starts: SampleColumns;
}

/** A stale marker in the value of `add`, since a plain NaN is an ordinary value. */
export const STALE = Symbol('stale');

export class MemorySeriesSource implements SeriesSource {
  readonly #series = new Map<string, MemorySeries>();

  get seriesCount(): number {
    return this.#series.size;
  }

  /**
   * Appends or inserts one sample; one with the same time replaces the older one.
   *
   * @param value a histogram belongs to the source from here on
   * @param startTimestampMs when the counter began, where that is known
   */
  add(
    labels: Labels,
    timestampMs: number,
    value: number | typeof STALE | NativeHistogram,
    startTimestampMs?: number,
  ): void {
    const series = this.#find(labels);
    if (typeof value === 'object') {
      removeFloat(series.floats, timestampMs);
      putHistogram(series.histograms, timestampMs, value);
    } else {
      removeHistogram(series.histograms, timestampMs);
      putFloat(series.floats, timestampMs, value);
    }
    if (startTimestampMs === undefined) removeFloat(series.starts, timestampMs);
    else putFloat(series.starts, timestampMs, startTimestampMs);
  }

  clear(): void {
    this.#series.clear();
  }

  async select(request: SelectRequest): Promise<SeriesSet> {
    return new MemorySeriesSet(this.#matching([request.matchers], request), request);
  }

  async labelNames(request: LabelRequest): Promise<LabelAnswer<string>> {
    const names = new Set<string>();
    for (const { labels } of this.#requested(request)) for (const [name] of labels.entries()) names.add(name);
    return limited([...names].sort(compareUtf8), request.countMax);
  }

  async labelValues(labelName: string, request: LabelRequest): Promise<LabelAnswer<string>> {
    const values = new Set<string>();
    for (const { labels } of this.#requested(request)) {
      if (labels.has(labelName)) values.add(labels.get(labelName));
    }
    return limited([...values].sort(compareUtf8), request.countMax);
  }

  async series(request: LabelRequest): Promise<LabelAnswer<Labels>> {
    const found = this.#requested(request).map(({ labels }) => labels);
    return limited(found.sort(compareLabels), request.countMax);
  }

  #find(labels: Labels): MemorySeries {
    let series = this.#series.get(labels.key);
    if (series === undefined) {
      series = { labels, floats: new SampleColumns(16), histograms: [], starts: new SampleColumns(1) };
      this.#series.set(labels.key, series);
    }
    return series;
  }

  #requested(request: LabelRequest): MemorySeries[] {
    const { matcherSets } = request;
    return this.#matching(matcherSets.length === 0 ? [[]] : matcherSets, request);
  }

  #matching(
    matcherSets: readonly (readonly Matcher[])[],
    { rangeStartMsInclusive, rangeEndMsInclusive, checkpoint }: LabelRequest | SelectRequest,
  ): MemorySeries[] {
    const ticker = new WorkTicker(checkpoint);
    return [...this.#series.values()].filter(({ labels, floats, histograms }) => {
      ticker.tick();
      return (
        (hasFloatBetween(floats, rangeStartMsInclusive, rangeEndMsInclusive) ||
          histogramsBetween(histograms, rangeStartMsInclusive, rangeEndMsInclusive).length > 0) &&
        matcherSets.some((matchers) => matchers.every((matcher) => matcher.matches(labels, ticker)))
      );
    });
  }
}

class MemorySeriesSet implements SeriesSet {
  readonly #series: readonly MemorySeries[];
  readonly #request: SelectRequest;

  constructor(series: readonly MemorySeries[], request: SelectRequest) {
    this.#series = series;
    this.#request = request;
  }

  get seriesCount(): number {
    return this.#series.length;
  }

  labels(seriesIndex: number): Labels {
    return this.#at(seriesIndex).labels;
  }

  read(seriesIndex: number, target: SampleColumns): void {
    this.#copyRange(this.#at(seriesIndex).floats, target);
  }

  readHistograms(seriesIndex: number): readonly HistogramSample[] {
    const { rangeStartMsInclusive, rangeEndMsInclusive } = this.#request;
    return histogramsBetween(this.#at(seriesIndex).histograms, rangeStartMsInclusive, rangeEndMsInclusive);
  }

  readStartTimestamps(seriesIndex: number, target: SampleColumns): void {
    this.#copyRange(this.#at(seriesIndex).starts, target);
  }

  close(): void {
    // Nothing is pinned: the series belong to the source.
  }

  #copyRange(source: SampleColumns, target: SampleColumns): void {
    const low = positionOf(source, this.#request.rangeStartMsInclusive);
    const high = positionOf(source, this.#request.rangeEndMsInclusive + 1);
    target.clear();
    target.reserve(high - low);
    target.timestampMs.set(source.timestampMs.subarray(low, high));
    target.value.set(source.value.subarray(low, high));
    target.count = high - low;
  }

  #at(seriesIndex: number): MemorySeries {
    const series = this.#series[seriesIndex];
    assert(series !== undefined, 'a series of the set is asked for', { seriesIndex });
    return series;
  }
}

/** The index of the first sample that is not before the time. */
function positionOf(samples: SampleColumns, timestampMs: number): number {
  let low = 0;
  let high = samples.count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (samples.timestampMs[middle]! < timestampMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

function putFloat(samples: SampleColumns, timestampMs: number, value: number | typeof STALE): void {
  const index = positionOf(samples, timestampMs);
  if (index === samples.count || samples.timestampMs[index] !== timestampMs) insertGap(samples, index);
  samples.timestampMs[index] = timestampMs;
  if (value === STALE) setStaleAt(samples.valueWords, index);
  else samples.value[index] = value;
}

function removeFloat(samples: SampleColumns, timestampMs: number): void {
  const index = positionOf(samples, timestampMs);
  if (index === samples.count || samples.timestampMs[index] !== timestampMs) return;
  samples.timestampMs.copyWithin(index, index + 1, samples.count);
  samples.value.copyWithin(index, index + 1, samples.count);
  samples.count--;
}

function insertGap(samples: SampleColumns, index: number): void {
  samples.reserve(samples.count + 1);
  samples.timestampMs.copyWithin(index + 1, index, samples.count);
  samples.value.copyWithin(index + 1, index, samples.count);
  samples.count++;
}

function putHistogram(samples: HistogramSample[], timestampMs: number, histogram: NativeHistogram): void {
  removeHistogram(samples, timestampMs);
  let index = samples.length;
  while (index > 0 && (samples[index - 1]?.timestampMs ?? 0) > timestampMs) index--;
  samples.splice(index, 0, { timestampMs, histogram });
}

function removeHistogram(samples: HistogramSample[], timestampMs: number): void {
  const index = samples.findLastIndex((sample) => sample.timestampMs === timestampMs);
  if (index >= 0) samples.splice(index, 1);
}

function hasFloatBetween(samples: SampleColumns, startMsInclusive: number, endMsInclusive: number): boolean {
  const index = positionOf(samples, startMsInclusive);
  return index < samples.count && samples.timestampMs[index]! <= endMsInclusive;
}

function histogramsBetween(
  samples: readonly HistogramSample[],
  startMsInclusive: number,
  endMsInclusive: number,
): readonly HistogramSample[] {
  if (samples.length === 0) return samples;
  return samples.filter(
    ({ timestampMs }) => timestampMs >= startMsInclusive && timestampMs <= endMsInclusive,
  );
}

function limited<T>(values: readonly T[], countMax: number): LabelAnswer<T> {
  if (countMax === 0 || values.length <= countMax) return { values, truncated: false };
  return { values: values.slice(0, countMax), truncated: true };
}
