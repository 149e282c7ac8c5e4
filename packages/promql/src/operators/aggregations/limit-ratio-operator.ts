/**
 * limit_ratio: a share of the input series passes, with labels and values. A hash of the labels decides, so that a
 * ratio r and its complement r - 1 share the series out, at every step and in every query alike.
 */
import { executionError } from '../../evaluate/execution-error.ts';
import type { QueryContext } from '../../evaluate/query-context.ts';
import type { StepColumn } from '../../evaluate/step-column.ts';
import type { ScalarOperator, SeriesMetadata, VectorOperator } from '../operator.ts';
import { extentOf } from '../scalars/scalar-extent.ts';
import { labelsHashShare } from './labels-hash.ts';

export class LimitRatioOperator implements VectorOperator {
  readonly #context: QueryContext;
  readonly #operand: VectorOperator;
  readonly #ratio: ScalarOperator;
  readonly #shares: number[] = [];

  /** @throws PromontoryError ERR_QUERY_EXECUTION for a ratio of NaN */
  constructor(context: QueryContext, operand: VectorOperator, ratio: ScalarOperator) {
    if (extentOf(ratio.values(), context.blocks).hasNaN) throw executionError('Ratio value is NaN');
    this.#context = context;
    this.#operand = operand;
    this.#ratio = ratio;
  }

  series(): readonly SeriesMetadata[] {
    return this.#operand.series();
  }

  read(seriesIndex: number, target: StepColumn): void {
    this.#operand.read(seriesIndex, target);
    const share = this.#shareOf(seriesIndex);
    const ratios = this.#ratio.values();
    for (let step = 0; step < target.stepCount;) {
      const end = target.blocks.endOf(step, target.stepCount);
      for (; step < end; step++) {
        const ratio = Math.max(-1, Math.min(1, ratios[step]!));
        const passes = ratio >= 0 ? share < ratio : share >= 1 + ratio;
        if (!passes) target.remove(step);
      }
    }
  }

  #shareOf(seriesIndex: number): number {
    if (this.#shares.length === 0) {
      for (const { labels } of this.series()) {
        this.#context.tick();
        this.#shares.push(labelsHashShare(labels));
      }
    }
    return this.#shares[seriesIndex] ?? 1;
  }
}
