/**
 * Whether two ways through the database name the same (thing, series) pairs, however many there are: labels of
 * series against postings, series against fingerprints.
 *
 * First both sides are summed up: each pair is hashed to two words, and a bucket holds how many pairs of the one
 * side came more than of the other, and the difference of the sums of their words. Pairs that are on both sides
 * cancel out, in any order and without being kept. Where a bucket is not zero, both ways are gone again, and
 * only the pairs of such buckets are kept and compared. A difference is missed with a probability of 2^-48.
 */
const BUCKET_BITS = 16;
const BUCKET_WORDS = 3;
/** More than these are not looked into: what is found in them is enough to know. */
const BUCKETS_EXPLAINED_MAX = 256;

/** Something that series have: a label pair, a fingerprint. */
export interface Matched {
  /** Two words of a hash. */
  readonly lane0: number;
  readonly lane1: number;
  readonly text: () => string;
}

/** 1: as the series themselves say. -1: as the index says. */
export type Side = 1 | -1;

export interface Matching {
  add(thing: Matched, ref: number, side: Side): void;
}

/** Takes both sides whole. */
export class MatchingSums implements Matching {
  /** By bucket: pairs, and the sums of their two words. */
  readonly #words = new Int32Array(BUCKET_WORDS << BUCKET_BITS);

  add(thing: Matched, ref: number, side: Side): void {
    const hash = hashOf(thing, ref);
    const at = BUCKET_WORDS * (hash >>> (32 - BUCKET_BITS));
    const words = this.#words;
    words[at]! += side;
    words[at + 1]! += Math.imul(side, hash);
    words[at + 2]! += Math.imul(side, mix(thing.lane1 ^ Math.imul(ref, 0xc2b2ae35)));
  }

  /** Buckets in which the sides differ. */
  unmatched(): ReadonlySet<number> {
    const buckets = new Set<number>();
    for (let at = 0; at < this.#words.length; at++) {
      if (this.#words[at] !== 0) buckets.add(Math.floor(at / BUCKET_WORDS));
      if (buckets.size === BUCKETS_EXPLAINED_MAX) break;
    }
    return buckets;
  }
}

/** Takes both sides again, and keeps the pairs that only one of them has. */
export class MatchingDifferences implements Matching {
  readonly #buckets: ReadonlySet<number>;
  readonly #counts = new Map<string, { readonly text: string; readonly ref: number; count: number }>();

  constructor(buckets: ReadonlySet<number>) {
    this.#buckets = buckets;
  }

  add(thing: Matched, ref: number, side: Side): void {
    if (!this.#buckets.has(hashOf(thing, ref) >>> (32 - BUCKET_BITS))) return;
    const text = thing.text();
    const key = `${ref} ${text}`;
    const known = this.#counts.get(key);
    if (known === undefined) this.#counts.set(key, { text, ref, count: side });
    else known.count += side;
  }

  *entries(): Generator<{ readonly text: string; readonly ref: number; readonly side: Side }> {
    for (const { text, ref, count } of this.#counts.values()) {
      if (count !== 0) yield { text, ref, side: count > 0 ? 1 : -1 };
    }
  }
}

function hashOf({ lane0 }: Matched, ref: number): number {
  return mix(lane0 ^ Math.imul(ref, 0x9e3779b1));
}

/** The finalizer of murmur3 (public domain). */
function mix(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
