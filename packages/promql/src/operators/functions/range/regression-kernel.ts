/** deriv and predict_linear: least squares over the window, with compensated sums. */
import type { SampleColumns } from '@promontory/model';
import { CompensatedSum } from '../../../evaluate/compensated-sum.ts';
import type { StepColumn } from '../../../evaluate/step-column.ts';
import { UNWATCHED_BLOCKS } from '../../../evaluate/work-blocks.ts';
import type { ScalarOperator } from '../../operator.ts';
import type { KernelInput, RangeKernel, SampleWindow } from './range-kernel.ts';

export class RegressionKernel implements RangeKernel {
  /** Seconds ahead for predict_linear, null for deriv. */
  readonly #aheadSeconds: ScalarOperator | null;
  readonly #sumX = new CompensatedSum();
  readonly #sumY = new CompensatedSum();
  readonly #sumXY = new CompensatedSum();
  readonly #sumX2 = new CompensatedSum();
  #samples: SampleColumns | null = null;
  #blocks = UNWATCHED_BLOCKS;
  #slope = 0;
  #intercept = 0;

  constructor(aheadSeconds: ScalarOperator | null) {
    this.#aheadSeconds = aheadSeconds;
  }

  begin({ floats, blocks }: KernelInput): void {
    this.#samples = floats;
    this.#blocks = blocks;
  }

  evaluate(window: SampleWindow, target: StepColumn): void {
    if (this.#samples === null || window.high - window.low < 2) return;
    if (this.#aheadSeconds === null) {
      // The slope does not depend on where time is counted from; a near origin keeps it exact.
      this.#fit(this.#samples, window, this.#samples.timestampMs[window.low]!);
      target.set(window.step, this.#slope);
      return;
    }
    this.#fit(this.#samples, window, window.stepTimeMs);
    const ahead = this.#aheadSeconds.values()[window.step]!;
    target.set(window.step, this.#slope * ahead + this.#intercept);
  }

  #fit(samples: SampleColumns, window: SampleWindow, originMs: number): void {
    const { value } = samples;
    const first = value[window.low]!;
    if (this.#isConstant(value, window)) {
      const defined = Math.abs(first) !== Infinity;
      this.#slope = defined ? 0 : NaN;
      this.#intercept = defined ? first : NaN;
      return;
    }
    this.#accumulate(samples, window, originMs);
    const count = window.high - window.low;
    const sumX = this.#sumX.total;
    const sumY = this.#sumY.total;
    const covariance = this.#sumXY.total - (sumX * sumY) / count;
    const variance = this.#sumX2.total - (sumX * sumX) / count;
    this.#slope = covariance / variance;
    this.#intercept = sumY / count - (this.#slope * sumX) / count;
  }

  #isConstant(value: Float64Array, window: SampleWindow): boolean {
    const first = value[window.low]!;
    for (let index = window.low + 1; index < window.high;) {
      const end = this.#blocks.endOf(index, window.high);
      for (; index < end; index++) {
        if (value[index]! !== first) return false;
      }
    }
    return true;
  }

  #accumulate(samples: SampleColumns, window: SampleWindow, originMs: number): void {
    this.#sumX.reset();
    this.#sumY.reset();
    this.#sumXY.reset();
    this.#sumX2.reset();
    for (let index = window.low; index < window.high;) {
      const end = this.#blocks.endOf(index, window.high);
      for (; index < end; index++) {
        const x = (samples.timestampMs[index]! - originMs) / 1000;
        const y = samples.value[index]!;
        this.#sumX.add(x);
        this.#sumY.add(y);
        this.#sumXY.add(x * y);
        this.#sumX2.add(x * x);
      }
    }
  }
}
