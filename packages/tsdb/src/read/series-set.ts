import { assert } from '@promontory/base';
import type { HistogramSample, Labels, SampleColumns } from '@promontory/model';
import type { RefSet } from '../index/ref-sets.ts';
import type { Damage, QueryDamages } from '../store/damage.ts';
import type { DatabaseView } from './database-view.ts';

/** @internal */
export interface SeriesSetParts {
  readonly view: DatabaseView;
  readonly refs: RefSet;
  readonly isTruncated: boolean;
  /** Whether the view has the samples. */
  readonly hasSamples: boolean;
  readonly damages: QueryDamages;
}

/** The series that a selection found. Close it soon: it pins disk pages and head memory. */
export class TsdbSeriesSet {
  readonly #parts: SeriesSetParts;

  /** @internal sets come from `select` */
  constructor(parts: SeriesSetParts) {
    this.#parts = parts;
  }

  get seriesCount(): number {
    return this.#parts.refs.length;
  }

  /** Whether there are more series than the hint `seriesMax` asked for. */
  get isTruncated(): boolean {
    return this.#parts.isTruncated;
  }

  /** What was found damaged in this selection so far, and is missing from it: each place once, at most 1,000. */
  get damages(): readonly Damage[] {
    return this.#parts.damages.list;
  }

  /** The same as a sentence for whoever reads the answer; none when nothing is. */
  get warnings(): readonly string[] {
    const { damages } = this;
    const [first] = damages;
    if (first === undefined) return [];
    const places = damages.length === 1 ? 'one place' : `${damages.length} places`;
    return [`stored data is damaged in ${places} and missing here: ${first.what} ${first.where}`];
  }

  /** @throws PromontoryError ERR_STORE_CORRUPT, ERR_READ_EXPIRED */
  labels(seriesIndex: number): Labels {
    const { view, damages } = this.#parts;
    return damages.during(() => view.labels(this.#refOf(seriesIndex)));
  }

  /**
   * Replaces the contents of `target` with the floats of the series in the range of the selection, ascending and
   * unique.
   *
   * @throws PromontoryError ERR_READ_EXPIRED, ERR_STORE_READ, ERR_STORE_FORMAT_VERSION; so do the others
   */
  read(seriesIndex: number, target: SampleColumns): void {
    this.#fromSamples((view) => view.read(this.#refOf(seriesIndex), target));
  }

  /** The native histograms of the series, as `read`; owned by the caller. */
  readHistograms(seriesIndex: number): HistogramSample[] {
    return this.#fromSamples((view) => view.readHistograms(this.#refOf(seriesIndex)));
  }

  /**
   * As `read`, for each sample (float or histogram) whose start timestamp is known: the sample's timestamp, and
   * the start timestamp in ms as its value.
   */
  readStartTimestamps(seriesIndex: number, target: SampleColumns): void {
    this.#fromSamples((view) => view.readStartTimestamps(this.#refOf(seriesIndex), target));
  }

  /** Calling it twice is fine. */
  close(): void {
    this.#parts.view.close();
  }

  #fromSamples<T>(read: (view: DatabaseView) => T): T {
    const { view, damages, hasSamples } = this.#parts;
    assert(hasSamples, 'samples are not read of a selection with the hint labelsOnly');
    return damages.during(() => read(view));
  }

  #refOf(seriesIndex: number): number {
    const ref = this.#parts.refs[seriesIndex];
    assert(ref !== undefined, 'the index is one of the series', { seriesIndex });
    return ref;
  }
}
