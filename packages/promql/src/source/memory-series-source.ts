/**
 * A ready series source that holds its samples in memory, for embedding and for tests. Every question scans
 * all series; samples may be added between queries, a set that was given out keeps reading what is there.
 */
import { assert } from '@promontory/base';
import {
  compareLabels,
  compareUtf8,
  SampleColumns,
  setStaleAt,
  type Labels,
  type Matcher,
} from '@promontory/model';
import type { LabelAnswer, LabelRequest, SelectRequest, SeriesSet, SeriesSource } from '../series-source.ts';

interface MemorySeries {
  readonly labels: Labels;
  readonly samples: SampleColumns;
}

/** A stale marker in the value of `add`, since a plain NaN is an ordinary value. */
export const STALE = Symbol('stale');

export class MemorySeriesSource implements SeriesSource {
  readonly #series = new Map<string, MemorySeries>();

  get seriesCount(): number {
    return this.#series.size;
  }

  /** Appends or inserts one sample; one with the same time replaces the older one. */
  add(labels: Labels, timestampMs: number, value: number | typeof STALE): void {
    const { samples } = this.#find(labels);
    const index = positionOf(samples, timestampMs);
    if (index === samples.count || samples.timestampMs[index] !== timestampMs) insertGap(samples, index);
    samples.timestampMs[index] = timestampMs;
    if (value !== STALE) {
      samples.value[index] = value;
      return;
    }
    setStaleAt(samples.valueWords, index);
  }

  clear(): void {
    this.#series.clear();
  }

  select(request: SelectRequest): Promise<SeriesSet> {
    const found = this.#matching(
      [request.matchers],
      request.rangeStartMsInclusive,
      request.rangeEndMsInclusive,
    );
    return Promise.resolve(new MemorySeriesSet(found, request));
  }

  labelNames(request: LabelRequest): Promise<LabelAnswer<string>> {
    const names = new Set<string>();
    for (const { labels } of this.#requested(request)) for (const [name] of labels.entries()) names.add(name);
    return Promise.resolve(limited([...names].sort(compareUtf8), request.countMax));
  }

  labelValues(labelName: string, request: LabelRequest): Promise<LabelAnswer<string>> {
    const values = new Set<string>();
    for (const { labels } of this.#requested(request)) {
      if (labels.has(labelName)) values.add(labels.get(labelName));
    }
    return Promise.resolve(limited([...values].sort(compareUtf8), request.countMax));
  }

  series(request: LabelRequest): Promise<LabelAnswer<Labels>> {
    const found = this.#requested(request).map(({ labels }) => labels);
    return Promise.resolve(limited(found.sort(compareLabels), request.countMax));
  }

  #find(labels: Labels): MemorySeries {
    let series = this.#series.get(labels.key);
    if (series === undefined) {
      series = { labels, samples: new SampleColumns(16) };
      this.#series.set(labels.key, series);
    }
    return series;
  }

  #requested(request: LabelRequest): MemorySeries[] {
    const { matcherSets, rangeStartMsInclusive, rangeEndMsInclusive } = request;
    return this.#matching(
      matcherSets.length === 0 ? [[]] : matcherSets,
      rangeStartMsInclusive,
      rangeEndMsInclusive,
    );
  }

  #matching(
    matcherSets: readonly (readonly Matcher[])[],
    startMsInclusive: number,
    endMsInclusive: number,
  ): MemorySeries[] {
    return [...this.#series.values()].filter(
      ({ labels, samples }) =>
        hasSampleBetween(samples, startMsInclusive, endMsInclusive) &&
        matcherSets.some((matchers) => matchers.every((matcher) => matcher.matches(labels))),
    );
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
    const { samples } = this.#at(seriesIndex);
    const low = positionOf(samples, this.#request.rangeStartMsInclusive);
    const high = positionOf(samples, this.#request.rangeEndMsInclusive + 1);
    target.clear();
    target.reserve(high - low);
    target.timestampMs.set(samples.timestampMs.subarray(low, high));
    target.value.set(samples.value.subarray(low, high));
    target.count = high - low;
  }

  close(): void {
    // Nothing is pinned: the series belong to the source.
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

function insertGap(samples: SampleColumns, index: number): void {
  samples.reserve(samples.count + 1);
  samples.timestampMs.copyWithin(index + 1, index, samples.count);
  samples.value.copyWithin(index + 1, index, samples.count);
  samples.count++;
}

function hasSampleBetween(samples: SampleColumns, startMsInclusive: number, endMsInclusive: number): boolean {
  const index = positionOf(samples, startMsInclusive);
  return index < samples.count && samples.timestampMs[index]! <= endMsInclusive;
}

function limited<T>(values: readonly T[], countMax: number): LabelAnswer<T> {
  if (countMax === 0 || values.length <= countMax) return { values, truncated: false };
  return { values: values.slice(0, countMax), truncated: true };
}
