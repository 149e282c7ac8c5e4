/**
 * Binary operators on two samples of which at least one is a native histogram. One object per operator of the
 * plan. Of a combination at most one thing is told, at once.
 */
import type { NativeHistogram } from '@promontory/model';
import type { BinaryOperator } from '../../ast/expression.ts';
import {
  conflictingCounterResets,
  incompatibleBucketLayout,
  incompatibleTypes,
  reconciledBounds,
  type Annotation,
} from '../../evaluate/annotation-texts.ts';
import { addHistograms, subtractHistograms } from '../../histogram/combine-histograms.ts';
import type { CombineNotes } from '../../histogram/combine-histograms.ts';
import { CountsSlab } from '../../histogram/counts-slab.ts';
import { equalHistograms } from '../../histogram/equal-histograms.ts';
import { divideHistogram, scaleHistogram } from '../../histogram/scale-histogram.ts';
import { trimHistogram } from '../../histogram/trim-histogram.ts';
import { withHint } from '../../histogram/combine-histograms.ts';

export type Operand = number | NativeHistogram;

export class HistogramBinary {
  readonly #operator: BinaryOperator;
  readonly #annotate: (annotation: Annotation) => void;
  readonly #notes: CombineNotes = { counterResetCollision: false, boundsReconciled: false };
  readonly #memory = new CountsSlab();

  constructor(operator: BinaryOperator, annotate: (annotation: Annotation) => void) {
    this.#operator = operator;
    this.#annotate = annotate;
  }

  /**
   * For arithmetic and trims: the result. For comparisons: the left operand when the comparison holds.
   *
   * @returns null when there is no result; `'incompatible'` when the operands do not fit each other at all
   */
  combine(left: Operand, right: Operand): NativeHistogram | null | 'incompatible' {
    const isLeftFloat = typeof left === 'number';
    const isRightFloat = typeof right === 'number';
    if (!isLeftFloat && !isRightFloat) return this.#combineHistograms(left, right);
    if (!isLeftFloat && isRightFloat) return this.#withFloat(left, right);
    if (isLeftFloat && !isRightFloat && this.#operator === '*') {
      return scaleHistogram(right, left, this.#memory);
    }
    return this.#incompatible(left, right);
  }

  /** For trims between floats, which mean nothing. */
  refuseFloats(): void {
    this.#refuse('float', 'float');
  }

  #withFloat(histogram: NativeHistogram, float: number): NativeHistogram | 'incompatible' {
    const operator = this.#operator;
    if (operator === '*') return scaleHistogram(histogram, float, this.#memory);
    if (operator === '/') return divideHistogram(histogram, float, this.#memory);
    if (operator === '</') return trimHistogram(histogram, float, 'below');
    if (operator === '>/') return trimHistogram(histogram, float, 'above');
    return this.#incompatible(histogram, float);
  }

  #combineHistograms(left: NativeHistogram, right: NativeHistogram): NativeHistogram | null | 'incompatible' {
    const operator = this.#operator;
    if (operator === '==') return equalHistograms(left, right) ? left : null;
    if (operator === '!=') return equalHistograms(left, right) ? null : left;
    if (operator === '+') {
      return this.#noted(addHistograms(left, right, this.#notes, this.#memory), 'addition');
    }
    if (operator !== '-') return this.#incompatible(left, right);
    const difference = subtractHistograms(left, right, this.#notes, this.#memory);
    const noted = this.#noted(difference, 'subtraction');
    return noted === 'incompatible' ? noted : withHint(noted, 'gauge');
  }

  #noted(
    result: NativeHistogram | null,
    operation: 'addition' | 'subtraction',
  ): NativeHistogram | 'incompatible' {
    const { counterResetCollision, boundsReconciled } = this.#notes;
    this.#notes.counterResetCollision = false;
    this.#notes.boundsReconciled = false;
    if (result === null) {
      this.#annotate(incompatibleBucketLayout(this.#operator));
      return 'incompatible';
    }
    // As in Prometheus, which drops the sum whose resets contradict each other.
    if (counterResetCollision) {
      this.#annotate(conflictingCounterResets(operation));
      return 'incompatible';
    }
    if (boundsReconciled) this.#annotate(reconciledBounds(operation));
    return result;
  }

  #incompatible(left: Operand, right: Operand): 'incompatible' {
    this.#refuse(kindName(left), kindName(right));
    return 'incompatible';
  }

  #refuse(left: 'float' | 'histogram', right: 'float' | 'histogram'): void {
    this.#annotate(incompatibleTypes(left, this.#operator, right));
  }
}

function kindName(operand: Operand): 'float' | 'histogram' {
  return typeof operand === 'number' ? 'float' : 'histogram';
}
