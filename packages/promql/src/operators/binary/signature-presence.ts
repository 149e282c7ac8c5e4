/**
 * Where a vector has samples, by signature: what decides about set operators. Series are taken in when they are read
 * anyway, or when their signature is asked for, and never twice.
 */
import { assert } from '@promontory/base';
import type { VectorMatching } from '../../ast/expression.ts';
import type { QueryContext } from '../../evaluate/query-context.ts';
import type { StepColumn } from '../../evaluate/step-column.ts';
import type { VectorOperator } from '../operator.ts';
import { signatureOf } from './signature.ts';

/** The series that have one signature. */
interface Signed {
  readonly seriesIndices: number[];
  /** How many of them, from the first on, are known to be taken in. */
  takenCount: number;
  /** Not NO_SAMPLE at every step where one of those that were taken in has a sample; null before the first. */
  presence: Uint8Array | null;
}

export class SignaturePresence {
  readonly #context: QueryContext;
  readonly #vector: VectorOperator;
  readonly #stepCount: number;
  readonly #bySignature = new Map<string, Signed>();
  readonly #bySeries: Signed[] = [];
  /** 1 for every series that was taken in. */
  readonly #isTaken: Uint8Array;

  constructor(context: QueryContext, vector: VectorOperator, matching: VectorMatching, stepCount: number) {
    this.#context = context;
    this.#vector = vector;
    this.#stepCount = stepCount;
    this.#isTaken = new Uint8Array(vector.series().length);
    const signature = signatureOf(matching);
    for (const [index, { labels }] of vector.series().entries()) {
      context.tick();
      const own = signature(labels);
      let signed = this.#bySignature.get(own.key);
      if (signed === undefined) {
        context.budget.holdSeries(own);
        signed = { seriesIndices: [], takenCount: 0, presence: null };
        this.#bySignature.set(own.key, signed);
      }
      signed.seriesIndices.push(index);
      this.#bySeries.push(signed);
    }
  }

  /** @param column what the series gave when it was read */
  take(seriesIndex: number, { kinds }: StepColumn): void {
    if (this.#isTaken[seriesIndex] === 1) return;
    this.#isTaken[seriesIndex] = 1;
    const signed = this.#bySeries[seriesIndex];
    assert(signed !== undefined, 'every series has a signature', { seriesIndex });
    if (signed.presence === null) {
      this.#context.budget.holdBytes(this.#stepCount);
      signed.presence = kinds.slice();
      return;
    }
    const { presence } = signed;
    for (let step = 0; step < kinds.length;) {
      const end = this.#context.blocks.endOf(step, kinds.length);
      for (; step < end; step++) presence[step]! |= kinds[step]!;
    }
  }

  /** Reads all series that were not taken in. */
  readAll(): void {
    for (const signed of this.#bySignature.values()) this.#complete(signed);
  }

  /** @returns not NO_SAMPLE where any series of the signature has a sample; null when it has none */
  of(signatureKey: string): Uint8Array | null {
    const signed = this.#bySignature.get(signatureKey);
    if (signed === undefined) return null;
    this.#complete(signed);
    return signed.presence;
  }

  #complete(signed: Signed): void {
    const { seriesIndices } = signed;
    if (signed.takenCount === seriesIndices.length) return;
    const column = this.#context.pool.acquire(this.#stepCount);
    for (; signed.takenCount < seriesIndices.length; signed.takenCount++) {
      const index = seriesIndices[signed.takenCount]!;
      if (this.#isTaken[index] === 1) continue;
      this.#vector.read(index, column);
      this.take(index, column);
    }
    this.#context.pool.release(column);
  }
}
