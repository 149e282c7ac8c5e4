/**
 * and, or, unless. What decides is whether the other side has any series with the same signature at a step:
 * one presence column per signature is built by reading that side once.
 */
import type { VectorMatching } from '../../ast/expression.ts';
import type { QueryContext } from '../../evaluate/query-context.ts';
import { NO_SAMPLE, type StepColumn } from '../../evaluate/step-column.ts';
import type { SeriesMetadata, VectorOperator } from '../operator.ts';
import { signatureOf } from './signature.ts';

/** Signature → not 0 at every step where some series of the vector has a sample. */
class SignaturePresence {
  readonly #bySignature = new Map<string, Uint8Array>();

  constructor(context: QueryContext, vector: VectorOperator, matching: VectorMatching, stepCount: number) {
    const signature = signatureOf(matching);
    const column = context.pool.acquire(stepCount);
    for (const [index, { labels }] of vector.series().entries()) {
      context.tick();
      vector.read(index, column);
      const { key } = signature(labels);
      const known = this.#bySignature.get(key);
      if (known === undefined) {
        context.budget.requireFits(stepCount);
        this.#bySignature.set(key, column.kinds.slice());
      } else {
        for (let step = 0; step < stepCount; step++) known[step]! |= column.kinds[step]!;
      }
    }
    context.pool.release(column);
  }

  get(signatureKey: string): Uint8Array | undefined {
    return this.#bySignature.get(signatureKey);
  }
}

export interface SetOperands {
  readonly left: VectorOperator;
  readonly right: VectorOperator;
  readonly matching: VectorMatching;
  readonly stepCount: number;
}

/** Clears what the mask does not allow. */
function keepWhere(target: StepColumn, mask: Uint8Array | undefined, isMatchKept: boolean): void {
  for (let step = 0; step < target.stepCount; step++) {
    const isMatched = (mask?.[step] ?? NO_SAMPLE) !== NO_SAMPLE;
    if (isMatched !== isMatchKept) target.remove(step);
  }
}

/** and, unless: the left side, where the right side has, or has not, a match. */
export class FilterOperator implements VectorOperator {
  readonly #context: QueryContext;
  readonly #operands: SetOperands;
  readonly #keepMatched: boolean;
  readonly #signatureKeys: string[] = [];
  #presence: SignaturePresence | null = null;

  constructor(context: QueryContext, operands: SetOperands, keepMatched: boolean) {
    this.#context = context;
    this.#operands = operands;
    this.#keepMatched = keepMatched;
  }

  /** Reads the right side even when the left has no series: its errors and annotations count. */
  series(): readonly SeriesMetadata[] {
    this.#rightPresence();
    return this.#operands.left.series();
  }

  read(seriesIndex: number, target: StepColumn): void {
    this.#operands.left.read(seriesIndex, target);
    keepWhere(target, this.#rightPresence().get(this.#signatureKey(seriesIndex)), this.#keepMatched);
  }

  #rightPresence(): SignaturePresence {
    const { right, matching, stepCount } = this.#operands;
    this.#presence ??= new SignaturePresence(this.#context, right, matching, stepCount);
    return this.#presence;
  }

  #signatureKey(seriesIndex: number): string {
    if (this.#signatureKeys.length === 0) {
      const signature = signatureOf(this.#operands.matching);
      for (const { labels } of this.series()) {
        this.#context.tick();
        this.#signatureKeys.push(signature(labels).key);
      }
    }
    return this.#signatureKeys[seriesIndex] ?? '';
  }
}

/** or: all of the left side, then what the right side has where the left has no match. */
export class UnionOperator implements VectorOperator {
  readonly #left: VectorOperator;
  readonly #remainder: FilterOperator;
  #series: readonly SeriesMetadata[] | null = null;

  constructor(context: QueryContext, operands: SetOperands) {
    this.#left = operands.left;
    const swapped = { ...operands, left: operands.right, right: operands.left };
    this.#remainder = new FilterOperator(context, swapped, false);
  }

  series(): readonly SeriesMetadata[] {
    this.#series ??= [...this.#left.series(), ...this.#remainder.series()];
    return this.#series;
  }

  read(seriesIndex: number, target: StepColumn): void {
    const leftCount = this.#left.series().length;
    if (seriesIndex < leftCount) this.#left.read(seriesIndex, target);
    else this.#remainder.read(seriesIndex - leftCount, target);
  }
}
