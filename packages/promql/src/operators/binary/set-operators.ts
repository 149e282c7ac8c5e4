/** and, or, unless. What decides is whether the other side has any series with the same signature at a step. */
import { assert } from '@promontory/base';
import type { Labels } from '@promontory/model';
import type { VectorMatching } from '../../ast/expression.ts';
import type { QueryContext } from '../../evaluate/query-context.ts';
import { NO_SAMPLE, type StepColumn } from '../../evaluate/step-column.ts';
import type { SeriesMetadata, VectorOperator } from '../operator.ts';
import { signatureOf } from './signature.ts';
import { SignaturePresence } from './signature-presence.ts';

export interface SetOperands {
  readonly left: VectorOperator;
  readonly right: VectorOperator;
  readonly matching: VectorMatching;
  readonly stepCount: number;
  /** Which sides are to be read as a whole, for their errors and annotations. */
  readonly isReadWhole: { readonly left: boolean; readonly right: boolean };
}

function labelsOf(vector: VectorOperator, seriesIndex: number): Labels {
  const series = vector.series()[seriesIndex];
  assert(series !== undefined, 'a listed series is read', { seriesIndex });
  return series.labels;
}

/** Clears what the mask does not allow. */
function keepWhere(target: StepColumn, mask: Uint8Array | null, isMatchKept: boolean): void {
  for (let step = 0; step < target.stepCount;) {
    const end = target.blocks.endOf(step, target.stepCount);
    for (; step < end; step++) {
      const isMatched = mask !== null && mask[step] !== NO_SAMPLE;
      if (isMatched !== isMatchKept) target.remove(step);
    }
  }
}

/** and, unless: the left side, where the right side has, or has not, a match. */
export class FilterOperator implements VectorOperator {
  readonly #context: QueryContext;
  readonly #operands: SetOperands;
  readonly #keepMatched: boolean;
  readonly #signature: (labels: Labels) => Labels;
  #presence: SignaturePresence | null = null;

  constructor(context: QueryContext, operands: SetOperands, keepMatched: boolean) {
    this.#context = context;
    this.#operands = operands;
    this.#keepMatched = keepMatched;
    this.#signature = signatureOf(operands.matching);
  }

  /**
   * Reads all of the right side, even what nothing on the left matches: its errors and annotations count. Stored series
   * have none.
   */
  series(): readonly SeriesMetadata[] {
    const { left, right, isReadWhole } = this.#operands;
    const isNothingKept = this.#keepMatched && !isReadWhole.left && right.series().length === 0;
    if (isNothingKept) return [];
    if (left.series().length > 0 || isReadWhole.right) this.#rightPresence();
    return left.series();
  }

  read(seriesIndex: number, target: StepColumn): void {
    const { left, isReadWhole } = this.#operands;
    const mask = this.#rightPresence().of(this.#signature(labelsOf(left, seriesIndex)).key);
    if (mask === null && this.#keepMatched && !isReadWhole.left) {
      target.clear();
      return;
    }
    left.read(seriesIndex, target);
    keepWhere(target, mask, this.#keepMatched);
  }

  #rightPresence(): SignaturePresence {
    if (this.#presence === null) {
      const { right, matching, stepCount, isReadWhole } = this.#operands;
      this.#presence = new SignaturePresence(this.#context, right, matching, stepCount);
      if (isReadWhole.right) this.#presence.readAll();
    }
    return this.#presence;
  }
}

/**
 * or: all of the left side, then what the right side has where the left has no match. Series with the same labels will
 * be one; when they do not agree on whether the name is to be dropped, the first sample of all decides, as in
 * Prometheus.
 */
export class UnionOperator implements VectorOperator {
  readonly #context: QueryContext;
  readonly #operands: SetOperands;
  readonly #signature: (labels: Labels) => Labels;
  #series: readonly SeriesMetadata[] | null = null;
  #presence: SignaturePresence | null = null;

  constructor(context: QueryContext, operands: SetOperands) {
    this.#context = context;
    this.#operands = operands;
    this.#signature = signatureOf(operands.matching);
  }

  series(): readonly SeriesMetadata[] {
    this.#series ??= this.#agreeing([...this.#operands.left.series(), ...this.#operands.right.series()]);
    return this.#series;
  }

  read(seriesIndex: number, target: StepColumn): void {
    const { left, right } = this.#operands;
    const rightIndex = seriesIndex - left.series().length;
    if (rightIndex < 0) {
      left.read(seriesIndex, target);
      this.#leftPresence().take(seriesIndex, target);
    } else {
      right.read(rightIndex, target);
      const mask = this.#leftPresence().of(this.#signature(labelsOf(right, rightIndex)).key);
      keepWhere(target, mask, false);
    }
  }

  #leftPresence(): SignaturePresence {
    const { left, matching, stepCount } = this.#operands;
    this.#presence ??= new SignaturePresence(this.#context, left, matching, stepCount);
    return this.#presence;
  }

  #agreeing(series: SeriesMetadata[]): SeriesMetadata[] {
    const leftCount = this.#operands.left.series().length;
    const leftByKey = new Map(series.slice(0, leftCount).map(({ labels }, index) => [labels.key, index]));
    for (let right = leftCount; right < series.length; right++) {
      this.#context.tick();
      const left = leftByKey.get(series[right]?.labels.key ?? '') ?? right;
      if (series[left]?.dropName === series[right]?.dropName) continue;
      const first = this.#firstStep(left) < this.#firstStep(right) ? left : right;
      const decided = series[first];
      if (decided !== undefined) series[left] = series[right] = decided;
    }
    return series;
  }

  #firstStep(seriesIndex: number): number {
    const { stepCount } = this.#operands;
    const column = this.#context.pool.acquire(stepCount);
    this.read(seriesIndex, column);
    const step = column.kinds.findIndex((kind) => kind !== NO_SAMPLE);
    this.#context.pool.release(column);
    return step < 0 ? stepCount : step;
  }
}
