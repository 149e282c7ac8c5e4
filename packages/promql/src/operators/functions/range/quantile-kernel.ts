/** quantile_over_time and mad_over_time: the window's values are copied to a scratch array, and few of them sorted. */
import type { SampleColumns } from '@promontory/model';
import { quantileOf } from '../../../evaluate/quantile.ts';
import type { StepColumn } from '../../../evaluate/step-column.ts';
import type { WorkBlocks } from '../../../evaluate/work-blocks.ts';
import type { ScalarOperator } from '../../operator.ts';
import type { KernelInput, RangeKernel, SampleWindow } from './range-kernel.ts';

export class QuantileKernel implements RangeKernel {
  readonly #quantile: ScalarOperator;
  readonly #onInvalid: (quantile: number) => void;
  #samples: SampleColumns | null = null;
  #scratch = new Float64Array(256);

  /** @param onInvalid told of quantiles outside of [0, 1] that were used */
  constructor(quantile: ScalarOperator, onInvalid: (quantile: number) => void) {
    this.#quantile = quantile;
    this.#onInvalid = onInvalid;
  }

  begin({ floats }: KernelInput): void {
    this.#samples = floats;
    if (this.#scratch.length < floats.count) this.#scratch = new Float64Array(floats.count * 2);
  }

  evaluate(window: SampleWindow, target: StepColumn): void {
    if (this.#samples === null) return;
    const quantile = this.#quantile.values()[window.step]!;
    if (!(quantile >= 0 && quantile <= 1)) this.#onInvalid(quantile);
    const count = copyWindow(this.#samples, window, this.#scratch, target.blocks);
    target.set(window.step, quantileOf(quantile, this.#scratch, count, target.blocks));
  }
}

/** The median of the distances to the median; NaN as soon as one value is NaN. */
export class MedianDeviationKernel implements RangeKernel {
  #samples: SampleColumns | null = null;
  #scratch = new Float64Array(256);

  begin({ floats }: KernelInput): void {
    this.#samples = floats;
    if (this.#scratch.length < floats.count) this.#scratch = new Float64Array(floats.count * 2);
  }

  evaluate(window: SampleWindow, target: StepColumn): void {
    if (this.#samples === null) return;
    const scratch = this.#scratch;
    const count = copyWindow(this.#samples, window, scratch, target.blocks);
    const median = quantileOf(0.5, scratch, count, target.blocks);
    let hasNaN = false;
    for (let index = 0; index < count;) {
      const end = target.blocks.endOf(index, count);
      for (; index < end; index++) {
        const distance = Math.abs(scratch[index]! - median);
        hasNaN ||= distance !== distance;
        scratch[index] = distance;
      }
    }
    target.set(window.step, hasNaN ? NaN : quantileOf(0.5, scratch, count, target.blocks));
  }
}

function copyWindow(
  samples: SampleColumns,
  window: SampleWindow,
  scratch: Float64Array,
  blocks: WorkBlocks,
): number {
  let count = 0;
  for (let index = window.low; index < window.high;) {
    const end = blocks.endOf(index, window.high);
    for (; index < end; index++) scratch[count++] = samples.value[index]!;
  }
  return count;
}
