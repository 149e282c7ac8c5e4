import { assert } from '@promontory/base';
import type { NativeHistogram } from '@promontory/model';
import { UNWATCHED_BLOCKS, type WorkBlocks } from './work-blocks.ts';

/** What a step of a column holds. */
export const NO_SAMPLE = 0;
export const FLOAT = 1;
export const HISTOGRAM = 2;

/**
 * One series' samples over a grid: at every step a float, a native histogram, or nothing. Floats and what they
 * mean are `values` and `kinds`; loops over floats look at `kinds[step] === FLOAT` and at nothing else.
 */
export class StepColumn {
  /** Mean something where the kind is FLOAT. */
  readonly values: Float64Array;
  /** NO_SAMPLE, FLOAT or HISTOGRAM. */
  readonly kinds: Uint8Array;
  /** Those of the query, for passes over the steps or over the samples that they are made of. */
  readonly blocks: WorkBlocks;
  /** False when no kind is HISTOGRAM: the common case, which needs no second look. True says that one was set. */
  hasHistograms = false;
  /** Mean something where the kind is HISTOGRAM; shared with others and never changed. Empty until the first one. */
  #histograms: (NativeHistogram | undefined)[] = [];

  constructor(stepCount: number, blocks = UNWATCHED_BLOCKS) {
    this.values = new Float64Array(stepCount);
    this.kinds = new Uint8Array(stepCount);
    this.blocks = blocks;
  }

  get stepCount(): number {
    return this.values.length;
  }

  clear(): void {
    this.kinds.fill(NO_SAMPLE);
    if (!this.hasHistograms) return;
    this.hasHistograms = false;
    this.#histograms = [];
  }

  set(step: number, value: number): void {
    this.values[step] = value;
    this.kinds[step] = FLOAT;
  }

  setHistogram(step: number, histogram: NativeHistogram): void {
    this.hasHistograms = true;
    this.#histograms[step] = histogram;
    this.kinds[step] = HISTOGRAM;
  }

  /** @param step where the kind is HISTOGRAM */
  histogram(step: number): NativeHistogram {
    const histogram = this.#histograms[step];
    assert(histogram !== undefined, 'a step of kind HISTOGRAM holds one', { step });
    return histogram;
  }

  /** The same float, or nothing, at every step. The column is cleared before. */
  fill(value: number, kind: typeof FLOAT | typeof NO_SAMPLE): void {
    const { values, kinds } = this;
    for (let step = 0; step < values.length;) {
      const end = this.blocks.endOf(step, values.length);
      values.fill(value, step, end);
      kinds.fill(kind, step, end);
      step = end;
    }
  }

  /**
   * Floats of all steps. The column is cleared before.
   *
   * @param from the place of the first step's value; as many follow as there are steps
   * @param sourceKinds FLOAT or NO_SAMPLE, at the places of the values; null: a float at every step
   */
  setFloats(source: Float64Array, sourceKinds: Uint8Array | null, from = 0): void {
    const { values, kinds } = this;
    for (let step = 0; step < values.length;) {
      const end = this.blocks.endOf(step, values.length);
      values.set(source.subarray(from + step, from + end), step);
      if (sourceKinds === null) kinds.fill(FLOAT, step, end);
      else kinds.set(sourceKinds.subarray(from + step, from + end), step);
      step = end;
    }
  }

  /** Takes over what the other column has at one of its steps. */
  copyStep(source: StepColumn, sourceStep: number, step: number): void {
    const kind = source.kinds[sourceStep]!;
    if (kind === HISTOGRAM) this.setHistogram(step, source.histogram(sourceStep));
    else {
      this.values[step] = source.values[sourceStep]!;
      this.kinds[step] = kind;
    }
  }

  remove(step: number): void {
    this.kinds[step] = NO_SAMPLE;
  }

  /** For functions of floats: histograms are left out of their results. */
  removeHistograms(): void {
    if (!this.hasHistograms) return;
    const { kinds } = this;
    for (let step = 0; step < kinds.length;) {
      const end = this.blocks.endOf(step, kinds.length);
      for (; step < end; step++) if (kinds[step] === HISTOGRAM) kinds[step] = NO_SAMPLE;
    }
    this.hasHistograms = false;
    this.#histograms = [];
  }

  /** Whether a histogram is there now: one that was set may have been removed or replaced by a float. */
  holdsHistograms(): boolean {
    return this.hasHistograms && this.kinds.includes(HISTOGRAM);
  }

  /** How many steps are of a kind. */
  count(kind: typeof FLOAT | typeof HISTOGRAM): number {
    const { kinds } = this;
    let count = 0;
    for (let step = 0; step < kinds.length;) {
      const end = this.blocks.endOf(step, kinds.length);
      for (; step < end; step++) if (kinds[step] === kind) count++;
    }
    return count;
  }
}
