/**
 * A native histogram that observes, as an instrumented program has one: it grows, is reset, gives up resolution,
 * widens its zero bucket. Buckets are kept by index, so that any layout of spans can be written.
 */
import type { ResetHint, WireHistogram } from '@promontory/wire';

const CUSTOM_SCHEMA = -53;
/** What every histogram with a first count begins with. */
export const FIRST_VALUES = [0, 0.3, 1.7, 6];

export interface HistogramShape {
  readonly flavor: 'integer' | 'float';
  /** -4 to 8, or -53 for custom buckets. */
  readonly schema: number;
  readonly zeroThreshold?: number;
  readonly resetHint?: ResetHint;
  /** Upper bounds, ascending, of custom buckets. */
  readonly bounds?: readonly number[];
  /** How many observations it starts with, also after a reset: a multiple of four. */
  readonly firstCount?: number;
}

export class HistogramMaker {
  #shape: HistogramShape;
  #positive = new Map<number, number>();
  #negative = new Map<number, number>();
  #zeroCount = 0;
  #sum = 0;
  #nanCount = 0;

  constructor(shape: HistogramShape) {
    this.#shape = shape;
    this.#begin();
  }

  /** Starts anew. */
  reset(change: Partial<HistogramShape> = {}): void {
    this.#shape = { ...this.#shape, ...change };
    this.#positive = new Map();
    this.#negative = new Map();
    this.#zeroCount = 0;
    this.#sum = 0;
    this.#nanCount = 0;
    this.#begin();
  }

  #begin(): void {
    const { firstCount = 0 } = this.#shape;
    for (const value of FIRST_VALUES) this.observe(value, firstCount / FIRST_VALUES.length);
  }

  /** @param count how often; a fraction for a float histogram */
  observe(value: number, count = 1): void {
    this.#sum += value * count;
    if (Number.isNaN(value)) {
      this.#nanCount += count;
    } else if (this.#shape.schema === CUSTOM_SCHEMA) {
      const bounds = this.#shape.bounds ?? [];
      const index = bounds.findIndex((bound) => value <= bound);
      add(this.#positive, index < 0 ? bounds.length : index, count);
    } else if (Math.abs(value) <= (this.#shape.zeroThreshold ?? 0)) {
      this.#zeroCount += count;
    } else {
      const index = Math.ceil(Math.log2(Math.abs(value)) * 2 ** this.#shape.schema);
      add(value > 0 ? this.#positive : this.#negative, index, count);
    }
  }

  /** Merges each pair of buckets into one; nothing is lost but resolution. */
  halveResolution(): void {
    this.#shape = { ...this.#shape, schema: this.#shape.schema - 1 };
    this.#positive = halved(this.#positive);
    this.#negative = halved(this.#negative);
  }

  /** The upper bound of an exponential bucket becomes the zero threshold; what lies below moves into it. */
  widenZeroTo(bucketIndex: number): void {
    this.#shape = { ...this.#shape, zeroThreshold: 2 ** (bucketIndex / 2 ** this.#shape.schema) };
    for (const buckets of [this.#positive, this.#negative]) {
      for (const [index, count] of buckets) {
        if (index > bucketIndex) continue;
        this.#zeroCount += count;
        buckets.delete(index);
      }
    }
  }

  at(timestampMs: number): WireHistogram {
    const { flavor, schema, zeroThreshold = 0, resetHint = 0, bounds = [] } = this.#shape;
    const positive = toSpans(this.#positive, flavor);
    const negative = toSpans(this.#negative, flavor);
    return {
      timestampMs,
      flavor,
      isStale: false,
      count: this.#zeroCount + this.#nanCount + sumOf(this.#positive) + sumOf(this.#negative),
      sum: this.#sum,
      schema,
      zeroThreshold,
      zeroCount: this.#zeroCount,
      resetHint,
      positiveSpans: positive.spans,
      positiveBuckets: positive.buckets,
      negativeSpans: negative.spans,
      negativeBuckets: negative.buckets,
      customValues: schema === CUSTOM_SCHEMA ? bounds : [],
    };
  }
}

/** @param flavor that of the series: Prometheus takes in the two flavors of one request one after the other */
export function staleHistogramAt(timestampMs: number, flavor: HistogramShape['flavor']): WireHistogram {
  return { ...new HistogramMaker({ flavor, schema: 0 }).at(timestampMs), isStale: true };
}

function add(buckets: Map<number, number>, index: number, count: number): void {
  buckets.set(index, (buckets.get(index) ?? 0) + count);
}

function halved(buckets: ReadonlyMap<number, number>): Map<number, number> {
  const merged = new Map<number, number>();
  for (const [index, count] of buckets) add(merged, Math.ceil(index / 2), count);
  return merged;
}

function sumOf(buckets: ReadonlyMap<number, number>): number {
  return [...buckets.values()].reduce((sum, count) => sum + count, 0);
}

function toSpans(
  buckets: ReadonlyMap<number, number>,
  flavor: 'integer' | 'float',
): { readonly spans: { offset: number; length: number }[]; readonly buckets: number[] } {
  const sorted = [...buckets].toSorted(([left], [right]) => left - right);
  const spans: { offset: number; length: number }[] = [];
  let nextIndex = 0;
  for (const [index] of sorted) {
    const last = spans.at(-1);
    if (last !== undefined && index === nextIndex) last.length++;
    else spans.push({ offset: index - nextIndex, length: 1 });
    nextIndex = index + 1;
  }
  const counts = sorted.map(([, count]) => count);
  const deltas = counts.map((count, at) => count - (counts[at - 1] ?? 0));
  return { spans, buckets: flavor === 'integer' ? deltas : counts };
}
