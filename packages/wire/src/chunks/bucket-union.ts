/**
 * The buckets that the histograms of a chunk have between them. All histograms of a chunk share one list of
 * buckets; a histogram that lacks some of them counts 0 there.
 */
import type { HistogramBuckets } from '@promontory/model';

/** Goes through buckets in the order of their indexes; used again and again. */
class BucketCursor {
  /** Of the bucket it stands at, while it is not over. */
  index = 0;
  count = 0;
  isOver = true;
  #buckets: HistogramBuckets | null = null;
  #span = 0;
  #leftInSpan = 0;
  #at = 0;

  start(buckets: HistogramBuckets): void {
    this.#buckets = buckets;
    this.#span = -1;
    this.#leftInSpan = 0;
    this.#at = -1;
    this.index = -1;
    this.isOver = false;
    this.next();
  }

  next(): void {
    const { spanOffsets, spanLengths, counts } = this.#buckets!;
    this.index++;
    while (this.#leftInSpan === 0) {
      if (++this.#span >= spanOffsets.length) {
        this.isOver = true;
        return;
      }
      this.index += spanOffsets[this.#span]!;
      this.#leftInSpan = spanLengths[this.#span]!;
    }
    this.#leftInSpan--;
    this.count = counts[++this.#at] ?? 0;
  }
}

export class BucketComparison {
  readonly #before = new BucketCursor();
  readonly #after = new BucketCursor();

  /** Whether a bucket of `before` counts less in `after`, or is missing there. */
  hasDecreased(before: HistogramBuckets, after: HistogramBuckets): boolean {
    const left = this.#before;
    const right = this.#after;
    left.start(before);
    right.start(after);
    for (; !left.isOver; left.next()) {
      while (!right.isOver && right.index < left.index) right.next();
      const count = !right.isOver && right.index === left.index ? right.count : 0;
      if (count < left.count) return true;
    }
    return false;
  }
}

export class BucketUnion {
  /** How many buckets there are. */
  count = 0;
  /** Ascending; the first `count` are valid. */
  #indexes = new Int32Array(64);
  #merged = new Int32Array(64);
  readonly #cursor = new BucketCursor();
  /** Whose buckets came last: most have the same. */
  #last: HistogramBuckets | null = null;

  clear(): void {
    this.count = 0;
    this.#last = null;
  }

  /** @returns false, and changes nothing, when there would be more buckets than `countMax` */
  tryAdd(buckets: HistogramBuckets, countMax: number): boolean {
    if (this.#last !== null && haveSameSpans(this.#last, buckets)) return true;
    const needed = this.count + buckets.counts.length;
    if (needed > this.#merged.length) this.#merged = new Int32Array(2 * needed);
    const mergedCount = this.#merge(buckets);
    if (mergedCount > countMax) return false;
    const indexes = this.#indexes;
    this.#indexes = this.#merged;
    this.#merged = indexes;
    this.count = mergedCount;
    this.#last = buckets;
    return true;
  }

  index(at: number): number {
    return this.#indexes[at]!;
  }

  /** Writes the count of each bucket of the union to `target`, from `targetStart` on. */
  spread(buckets: HistogramBuckets, target: Float64Array, targetStart: number): void {
    const cursor = this.#cursor;
    cursor.start(buckets);
    for (let at = 0; at < this.count; at++) {
      const isThere = !cursor.isOver && cursor.index === this.#indexes[at];
      target[targetStart + at] = isThere ? cursor.count : 0;
      if (isThere) cursor.next();
    }
  }

  #merge(buckets: HistogramBuckets): number {
    const cursor = this.#cursor;
    const merged = this.#merged;
    cursor.start(buckets);
    let own = 0;
    let count = 0;
    while (own < this.count || !cursor.isOver) {
      const ownIndex = own < this.count ? this.#indexes[own]! : Number.POSITIVE_INFINITY;
      const otherIndex = cursor.isOver ? Number.POSITIVE_INFINITY : cursor.index;
      merged[count++] = Math.min(ownIndex, otherIndex);
      if (ownIndex <= otherIndex) own++;
      if (otherIndex <= ownIndex) cursor.next();
    }
    return count;
  }
}

function haveSameSpans(left: HistogramBuckets, right: HistogramBuckets): boolean {
  const spans = left.spanOffsets.length;
  if (spans !== right.spanOffsets.length) return false;
  for (let span = 0; span < spans; span++) {
    if (left.spanOffsets[span] !== right.spanOffsets[span]) return false;
    if (left.spanLengths[span] !== right.spanLengths[span]) return false;
  }
  return true;
}
