/**
 * and, or, unless. What decides is whether the other side has any series with the same signature at a step:
 * one presence column per signature is built by reading that side once.
 *
 * Series that cannot count are read for their errors and annotations alone, where there can be any.
 */
import type { VectorMatching } from '../../ast/expression.ts';
import type { QueryContext } from '../../evaluate/query-context.ts';
import { NO_SAMPLE, type StepColumn } from '../../evaluate/step-column.ts';
import type { SeriesMetadata, VectorOperator } from '../operator.ts';
import { signatureOf } from './signature.ts';

/** Signature → not 0 at every step where some series of the vector has a sample. */
class SignaturePresence {
  readonly #bySignature = new Map<string, Uint8Array>();

  /** @param asked the signatures that `get` will be called with */
  constructor(context: QueryContext, operands: SetOperands, asked: ReadonlySet<string>) {
    const { right, matching, stepCount, isReadWhole } = operands;
    const signature = signatureOf(matching);
    const column = context.pool.acquire(stepCount);
    for (const [index, { labels }] of right.series().entries()) {
      context.tick();
      const { key } = signature(labels);
      if (!asked.has(key) && !isReadWhole.right) continue;
      right.read(index, column);
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
  /** Which sides are to be read as a whole, for their errors and annotations. */
  readonly isReadWhole: { readonly left: boolean; readonly right: boolean };
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
  #signatureKeys: readonly string[] | null = null;
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
    const { left, isReadWhole } = this.#operands;
    const mask = this.#rightPresence().get(this.#keysOfLeft()[seriesIndex] ?? '');
    if (mask === undefined && this.#keepMatched && !isReadWhole.left) {
      target.clear();
      return;
    }
    left.read(seriesIndex, target);
    keepWhere(target, mask, this.#keepMatched);
  }

  #rightPresence(): SignaturePresence {
    this.#presence ??= new SignaturePresence(this.#context, this.#operands, new Set(this.#keysOfLeft()));
    return this.#presence;
  }

  /** One a series. */
  #keysOfLeft(): readonly string[] {
    if (this.#signatureKeys !== null) return this.#signatureKeys;
    const signature = signatureOf(this.#operands.matching);
    this.#signatureKeys = this.#operands.left.series().map(({ labels }) => {
      this.#context.tick();
      return signature(labels).key;
    });
    return this.#signatureKeys;
  }
}

/** or: all of the left side, then what the right side has where the left has no match. */
export class UnionOperator implements VectorOperator {
  readonly #left: VectorOperator;
  readonly #remainder: FilterOperator;
  #series: readonly SeriesMetadata[] | null = null;

  constructor(context: QueryContext, operands: SetOperands) {
    this.#left = operands.left;
    const { left, right } = operands.isReadWhole;
    const isReadWhole = { left: right, right: left };
    const swapped = { ...operands, left: operands.right, right: operands.left, isReadWhole };
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
