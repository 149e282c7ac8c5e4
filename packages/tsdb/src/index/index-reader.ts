/**
 * Finds series by matchers in one snapshot of the main environment.
 *
 * Series below `indexedRefEnd` come from the postings: equality reads the runs of one pair, a finite set of
 * values their union, anything else scans the values of its name from the regex's literal prefix on. A
 * matcher that accepts the empty value (so also series without the label) is applied by taking away the
 * series whose value it refuses. The few series above `indexedRefEnd` are matched by their labels.
 */
import { compareUtf8, type Labels, type Matcher, METRIC_NAME } from '@promontory/model';
import { keyAfterPrefix } from '../store/keys.ts';
import type { LmdbSnapshot } from '../store/lmdb-environment.ts';
import type { Meta } from '../store/meta-record.ts';
import type { Store } from '../store/store.ts';
import { isIndexable, namePart, pairRange, readPostingKey, valuePrefixRange } from './posting-keys.ts';
import { decodePostings } from './postings-record.ts';
import { intersect, NO_REFS, type RefSet, subtract, union } from './ref-sets.ts';

const NO_KEY = Buffer.alloc(0);

export class IndexReader {
  readonly #store: Store;
  readonly #snapshot: LmdbSnapshot;
  readonly #meta: Meta;
  readonly #labelsOf: (ref: number) => Labels;

  /** @param labelsOf the labels of a ref that exists in the snapshot */
  constructor(store: Store, snapshot: LmdbSnapshot, meta: Meta, labelsOf: (ref: number) => Labels) {
    this.#store = store;
    this.#snapshot = snapshot;
    this.#meta = meta;
    this.#labelsOf = labelsOf;
  }

  /** The refs of all series that every matcher accepts, ascending. No matchers: all series. */
  select(matchers: readonly Matcher[]): RefSet {
    return union([this.#selectIndexed(matchers), this.#selectWaiting(matchers)]);
  }

  /** Values of a label over all series, sorted by bytes, each once; only those with the prefix. */
  labelValues(name: string, prefix = ''): string[] {
    const values = new Set<string>();
    this.#walkValues(name, prefix, (value) => values.add(value));
    for (const ref of this.#waitingRefs()) {
      const value = this.#labelsOf(ref).get(name);
      if (value !== '' && value.startsWith(prefix)) values.add(value);
    }
    return [...values].sort(compareUtf8);
  }

  /** Names of labels over all series, sorted by bytes: one seek a name. */
  labelNames(): string[] {
    const names = new Set<string>();
    let start: Buffer = NO_KEY;
    for (;;) {
      const [key] = this.#store.postings.keys(start, Buffer.alloc(1, 0xff), this.#snapshot, 1);
      if (key === undefined) break;
      const { name } = readPostingKey(key);
      names.add(name);
      start = keyAfterPrefix(namePart(name));
    }
    for (const ref of this.#waitingRefs()) {
      for (const [name] of this.#labelsOf(ref).entries()) names.add(name);
    }
    return [...names].sort(compareUtf8);
  }

  #selectWaiting(matchers: readonly Matcher[]): RefSet {
    const refs: number[] = [];
    for (const ref of this.#waitingRefs()) {
      const labels = this.#labelsOf(ref);
      if (matchers.every((matcher) => matcher.matches(labels))) refs.push(ref);
    }
    return Int32Array.from(refs);
  }

  *#waitingRefs(): Generator<number> {
    for (let ref = this.#meta.indexedRefEnd; ref < this.#meta.nextRef; ref++) yield ref;
  }

  #selectIndexed(matchers: readonly Matcher[]): RefSet {
    let refs: RefSet | null = null;
    for (const matcher of matchers) {
      if (matcher.matchesValue('')) continue;
      const matching = this.#refsMatching(matcher);
      refs = refs === null ? matching : intersect(refs, matching);
      if (refs.length === 0) return NO_REFS;
    }
    let remaining = refs ?? this.#allIndexed();
    for (const matcher of matchers) {
      if (!matcher.matchesValue('')) continue;
      remaining = subtract(remaining, this.#refsRefused(matcher));
    }
    return remaining;
  }

  /** Every series has a metric name. */
  #allIndexed(): RefSet {
    return this.#unionOfValues(METRIC_NAME, '', () => true);
  }

  #refsMatching(matcher: Matcher): RefSet {
    if (matcher.operator === '=') return this.#refsOfPair(matcher.name, matcher.value);
    const values = matcher.operator === '=~' ? matcher.regex?.values : null;
    if (values) return union([...values].map((value) => this.#refsOfPair(matcher.name, value)));
    const prefix = matcher.operator === '=~' ? (matcher.regex?.prefix ?? '') : '';
    return this.#unionOfValues(matcher.name, prefix, (value) => matcher.matchesValue(value));
  }

  #refsRefused(matcher: Matcher): RefSet {
    if (matcher.operator === '!=') return this.#refsOfPair(matcher.name, matcher.value);
    const values = matcher.operator === '!~' ? matcher.regex?.values : null;
    if (values) return union([...values].map((value) => this.#refsOfPair(matcher.name, value)));
    return this.#unionOfValues(matcher.name, '', (value) => !matcher.matchesValue(value));
  }

  #refsOfPair(name: string, value: string): RefSet {
    if (value === '' || !isIndexable(name)) return NO_REFS;
    const { start, endExclusive } = pairRange(name, value);
    const runs: RefSet[] = [];
    for (const entry of this.#store.postings.range(start, endExclusive, this.#snapshot)) {
      const run = decodePostings(entry.value);
      if (run.cutValue === '' || run.cutValue === value) runs.push(run.refs);
    }
    return union(runs);
  }

  #unionOfValues(name: string, prefix: string, accepts: (value: string) => boolean): RefSet {
    const runs: RefSet[] = [];
    this.#walkValues(name, prefix, (value, readRefs) => {
      if (accepts(value)) runs.push(readRefs());
    });
    return union(runs);
  }

  /** Visits every run of the name's values with the prefix; a value with several runs is visited for each. */
  #walkValues(name: string, prefix: string, visit: (value: string, readRefs: () => RefSet) => void): void {
    if (!isIndexable(name)) return;
    const { start, endExclusive } = valuePrefixRange(name, prefix);
    for (const entry of this.#store.postings.range(start, endExclusive, this.#snapshot)) {
      const value = readPostingKey(entry.key).value ?? decodePostings(entry.value).cutValue;
      if (value.startsWith(prefix)) visit(value, () => decodePostings(entry.value).refs);
    }
  }
}
