import type { HistogramSample, Labels, Matcher, SampleColumns } from '@promontory/model';
import { NO_REFS, type RefSet } from '../index/ref-sets.ts';
import type { Damage } from '../store/damage.ts';
import type { DatabaseView } from './database-view.ts';

/** The series that a selection found. Close it soon: it pins disk pages and head memory. */
export class TsdbSeriesSet {
  readonly #view: DatabaseView;
  readonly #damages: readonly Damage[];
  #refs: RefSet = NO_REFS;

  /**
   * @internal sets come from `select`
   * @param damages filled while the set is read
   */
  constructor(view: DatabaseView, matchers: readonly Matcher[], damages: readonly Damage[]) {
    this.#view = view;
    this.#damages = damages;
    this.#refs = view.index.select(matchers);
  }

  get seriesCount(): number {
    return this.#refs.length;
  }

  /** What was found damaged in this selection so far, and is missing from it. */
  get damages(): readonly Damage[] {
    return this.#damages;
  }

  /** @throws PromontoryError ERR_STORE_CORRUPT, ERR_READ_EXPIRED */
  labels(seriesIndex: number): Labels {
    return this.#view.labels(this.#refOf(seriesIndex));
  }

  /**
   * Replaces the contents of `target` with the floats of the series, ascending and unique: those in the range of
   * the selection, and maybe some around it.
   *
   * @throws PromontoryError ERR_READ_EXPIRED, ERR_STORE_READ, ERR_STORE_FORMAT_VERSION; so do the others
   */
  read(seriesIndex: number, target: SampleColumns): void {
    this.#view.read(this.#refOf(seriesIndex), target);
  }

  /** The native histograms of the series, as `read`; owned by the caller. */
  readHistograms(seriesIndex: number): HistogramSample[] {
    return this.#view.readHistograms(this.#refOf(seriesIndex));
  }

  /**
   * As `read`, for each sample (float or histogram) whose start timestamp is known: the sample's timestamp, and
   * the start timestamp in ms as its value.
   */
  readStartTimestamps(seriesIndex: number, target: SampleColumns): void {
    this.#view.readStartTimestamps(this.#refOf(seriesIndex), target);
  }

  /** Calling it twice is fine. */
  close(): void {
    this.#view.close();
  }

  #refOf(seriesIndex: number): number {
    return this.#refs[seriesIndex] ?? 0;
  }
}
