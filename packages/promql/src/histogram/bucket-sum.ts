// HOT PATH: sum() and avg() over native histograms; 2 ns a bucket when the layout is known, no allocation then.
/**
 * Compensated sums (Neumaier's) of buckets, one per bucket of a layout that grows with what is added. Sum and
 * compensation stand in two arrays of the same layout.
 */
import { bucketsOf, type HistogramBuckets, normalizeSpans, walkBuckets } from '@promontory/model';
import type { CompensatedSum } from '../evaluate/compensated-sum.ts';
import { compactBuckets } from './compact-histogram.ts';
import type { CountsMemory } from './counts-slab.ts';
import { bucketCountOf, sameSpans, SpanFinder, type SpanLayout, unionOfSpans } from './span-layout.ts';

export class BucketSum {
  readonly #memory: CountsMemory;
  #layout: SpanLayout;
  #sums: Float64Array;
  #compensations: Float64Array;

  /**
   * Starts with a copy of the counts; the spans are shared.
   *
   * @param memory where the arrays of the sum and of its totals come from
   */
  constructor(first: HistogramBuckets, memory: CountsMemory) {
    this.#memory = memory;
    this.#layout = normalizeSpans(first);
    this.#sums = memory.take(first.counts.length);
    this.#sums.set(first.counts);
    this.#compensations = memory.take(first.counts.length);
  }

  copy(): BucketSum {
    const copy = new BucketSum(this.sums, this.#memory);
    copy.#compensations.set(this.#compensations);
    return copy;
  }

  /** The sums without their compensations; a view that the next change may change. */
  get sums(): HistogramBuckets {
    const { spanOffsets, spanLengths } = this.#layout;
    return { spanOffsets, spanLengths, counts: this.#sums };
  }

  get bucketCount(): number {
    return this.#sums.length;
  }

  get hasOverflow(): boolean {
    const sums = this.#sums;
    for (let at = 0; at < sums.length; at++) if (sums[at] === Infinity || sums[at] === -Infinity) return true;
    return false;
  }

  add(source: HistogramBuckets): void {
    if (source.counts.length === 0) return;
    if (sameSpans(this.#layout, source)) this.#addRun(0, source.counts, 0, source.counts.length);
    else {
      if (!hasAll(this.#layout, source)) this.#grow(unionOfSpans(this.#layout, source));
      this.#addPlaced(source);
    }
  }

  scale(factor: number): void {
    const sums = this.#sums;
    const compensations = this.#compensations;
    for (let at = 0; at < sums.length; at++) {
      sums[at]! *= factor;
      compensations[at]! *= factor;
    }
  }

  divide(divisor: number): void {
    const sums = this.#sums;
    const compensations = this.#compensations;
    for (let at = 0; at < sums.length; at++) {
      sums[at]! /= divisor;
      compensations[at]! /= divisor;
    }
  }

  /** Sums with their compensations, both divided before they are added up; compact. */
  total(divisor: number): HistogramBuckets {
    const sums = this.#sums;
    const compensations = this.#compensations;
    const counts = this.#memory.take(sums.length);
    for (let at = 0; at < sums.length; at++) counts[at] = sums[at]! / divisor + compensations[at]! / divisor;
    const { spanOffsets, spanLengths } = this.#layout;
    return compactBuckets({ spanOffsets, spanLengths, counts }, this.#memory);
  }

  /** Takes the first `count` buckets away and adds what was in them to `zeroCount`. */
  moveFirst(count: number, zeroCount: CompensatedSum): void {
    for (let at = 0; at < count; at++) {
      zeroCount.add(this.#sums[at]!);
      zeroCount.add(this.#compensations[at]!);
    }
    this.#layout = layoutOf(this.#indexes().slice(count));
    this.#sums = this.#sums.slice(count);
    this.#compensations = this.#compensations.slice(count);
  }

  /**
   * Joins the buckets that get the same new index.
   *
   * @param newIndexOf never smaller for a higher index
   */
  join(newIndexOf: (index: number) => number): void {
    const [sums, compensations] = [this.#sums, this.#compensations];
    const newIndexes = this.#indexes().map(newIndexOf);
    const joined = [...new Set(newIndexes)];
    this.#layout = layoutOf(joined);
    this.#sums = this.#memory.take(joined.length);
    this.#compensations = this.#memory.take(joined.length);
    let target = -1;
    newIndexes.forEach((newIndex, at) => {
      if (newIndex !== newIndexes[at - 1]) target++;
      this.#addRun(target, sums, at, 1);
      this.#addRun(target, compensations, at, 1);
    });
  }

  #indexes(): number[] {
    const indexes: number[] = [];
    walkBuckets(this.sums, (index) => indexes.push(index));
    return indexes;
  }

  /** @param source has no bucket that the layout lacks */
  #addPlaced(source: HistogramBuckets): void {
    const finder = new SpanFinder(this.#layout);
    const { spanOffsets, spanLengths, counts } = source;
    let index = 0;
    let at = 0;
    for (let span = 0; span < spanOffsets.length; span++) {
      index += spanOffsets[span]!;
      const length = spanLengths[span]!;
      if (length > 0) this.#addRun(finder.find(index, length), counts, at, length);
      index += length;
      at += length;
    }
  }

  /**
   * Adds `length` counts from `from` on to the buckets from `to` on. What rounding takes from a sum is found with
   * Knuth's TwoSum, which needs no branch; it comes out as NaN when the sum is not finite, and then nothing is
   * compensated.
   */
  #addRun(to: number, counts: Float64Array, from: number, length: number): void {
    const sums = this.#sums;
    const compensations = this.#compensations;
    const shift = from - to;
    for (let at = to; at < to + length; at++) {
      const count = counts[at + shift]!;
      const before = sums[at]!;
      const sum = before + count;
      const added = sum - before;
      const lost = before - (sum - added) + (count - added);
      compensations[at] = Number.isNaN(lost) ? 0 : compensations[at]! + lost;
      sums[at] = sum;
    }
  }

  /** @param layout has all buckets of the present one */
  #grow(layout: SpanLayout): void {
    const { spanOffsets, spanLengths } = this.#layout;
    const bucketCount = bucketCountOf(layout.spanLengths);
    const sums = this.#memory.take(bucketCount);
    const compensations = this.#memory.take(bucketCount);
    const finder = new SpanFinder(layout);
    let index = 0;
    let at = 0;
    for (let span = 0; span < spanOffsets.length; span++) {
      index += spanOffsets[span]!;
      const length = spanLengths[span]!;
      const position = finder.find(index, length);
      sums.set(this.#sums.subarray(at, at + length), position);
      compensations.set(this.#compensations.subarray(at, at + length), position);
      index += length;
      at += length;
    }
    this.#layout = layout;
    this.#sums = sums;
    this.#compensations = compensations;
  }
}

function layoutOf(indexes: readonly number[]): SpanLayout {
  return bucketsOf(indexes, indexes);
}

function hasAll(layout: SpanLayout, { spanOffsets, spanLengths }: SpanLayout): boolean {
  const finder = new SpanFinder(layout);
  let index = 0;
  for (let span = 0; span < spanOffsets.length; span++) {
    index += spanOffsets[span]!;
    const length = spanLengths[span]!;
    if (length > 0 && finder.find(index, length) < 0) return false;
    index += length;
  }
  return true;
}
