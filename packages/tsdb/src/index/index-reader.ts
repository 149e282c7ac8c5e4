/**
 * Finds series by matchers in one snapshot of the main environment.
 *
 * Series below `indexedRefEnd` come from the postings. Equality reads the runs of one pair, a finite set of
 * values their union, smallest sets first; anything else scans the values of its name from the regex's literal
 * prefix on, or, when few series are left, looks at their labels. A matcher that accepts the empty value (so
 * also series without the label) is applied by taking away the series whose value it refuses. The series from
 * `indexedRefEnd` on are matched by their labels (waiting-series.ts).
 *
 * Where a postings run is damaged, the matcher that needs it looks at the labels of all series instead. A series
 * whose page is damaged is left out of every answer. Both are reported.
 */
import { type Labels, type Matcher } from '@promontory/model';
import { assert, PromontoryError, WorkTicker } from '@promontory/base';
import { ERR_SELECT_SCANS } from '../error-codes.ts';
import { type Cardinality, type CardinalityOptions, CardinalityReader } from './cardinality.ts';
import { type OnDamage, readOrReport } from '../store/damage.ts';
import type { LmdbSnapshot } from '../store/lmdb-environment.ts';
import type { Store } from '../store/store.ts';
import type { IndexParts } from './index-parts.ts';
import type { IndexState } from './index-state-record.ts';
import { PairRuns } from './pair-runs.ts';
import { isIndexable, readPostingKey, valuePrefixRange } from './posting-keys.ts';
import { PostingsRun } from './postings-record.ts';
import { IntColumn } from './int-column.ts';
import { type LabelValue, LabelWalk } from './label-walk.ts';
import { intersect, NO_REFS, type RefSet, subtract, union } from './ref-sets.ts';
import { slotOf } from './series-page.ts';
import type { SeriesPages } from './series-pages.ts';
import type { WaitingSeries } from './waiting-series.ts';

/** For so few series reading the labels is cheaper than scanning the values of a name. */
const LABEL_CHECKS_MAX = 1024;
/** More values than this count as a scan. */
const FEW_VALUES_MAX = 100;
/** A regex of more steps a character counts as one. */
const FEW_STEPS_MAX = 100;

export class IndexReader {
  readonly #store: Store;
  readonly #snapshot: LmdbSnapshot | undefined;
  readonly #state: IndexState;
  readonly #pages: SeriesPages;
  readonly #waiting: WaitingSeries;
  readonly #onDamage: OnDamage;
  readonly #mayScan: boolean;
  readonly #ticker: WorkTicker;
  readonly #walk: LabelWalk;

  constructor(parts: IndexParts) {
    this.#store = parts.store;
    this.#snapshot = parts.snapshot;
    this.#state = parts.state;
    this.#pages = parts.pages;
    this.#waiting = parts.waiting;
    this.#onDamage = parts.onDamage;
    this.#mayScan = parts.mayScan ?? true;
    this.#ticker = parts.ticker ?? new WorkTicker();
    this.#walk = new LabelWalk(parts, this.#ticker);
  }

  /**
   * The refs of all series that every matcher accepts, ascending; owned. No matchers: all series.
   *
   * @throws PromontoryError ERR_SELECT_SCANS where that takes a scan, and none may be made
   */
  select(matchers: readonly Matcher[]): RefSet {
    if (matchers.some(isHeavy)) this.#beginScan();
    const found = this.#selectIndexed(matchers);
    const indexed = found.subarray(0, this.#pages.keepReadable(found, this.#ticker, this.#snapshot));
    const waiting = this.#waiting.select(matchers, this.#state.nextRef, this.#ticker);
    return waiting.length === 0 ? indexed : union([indexed, waiting]);
  }

  /** @returns null for a series that is not there, or whose labels are damaged (then reported) */
  labels(ref: number): Labels | null {
    if (ref >= this.#state.indexedRefEnd) return this.#waiting.labels(ref);
    return this.#pages.labels(ref, this.#snapshot);
  }

  /** As `LabelWalk.names`, over all series. */
  labelNames(): Iterable<string> {
    return this.#walk.names();
  }

  /** As `LabelWalk.refsOfName`. */
  refsOfName(name: string): Iterable<number> {
    return this.#walk.refsOfName(name);
  }

  /** As `LabelWalk.values`, over all series. */
  labelValues(name: string): Iterable<LabelValue> {
    return this.#walk.values(name);
  }

  /** Counts over all series, in one pass over the postings. Needs a snapshot. */
  cardinality(options: CardinalityOptions): Cardinality {
    assert(this.#snapshot !== undefined, 'cardinality is read in a snapshot');
    const reader = new CardinalityReader(options, this.#ticker);
    return reader.read(this.#store, this.#snapshot, this.#state, this.#waiting, this.#onDamage);
  }

  #selectIndexed(matchers: readonly Matcher[]): RefSet {
    const filters = matchers.filter((matcher) => matcher.matchesValue(''));
    const scans: Matcher[] = [];
    const pairs: { matcher: Matcher; runs: PairRuns }[] = [];
    const sets: { matcher: Matcher; values: ReadonlySet<string> }[] = [];
    for (const matcher of matchers) {
      if (matcher.matchesValue('')) continue;
      const values = matcher.operator === '=~' ? matcher.regex?.values : null;
      if (matcher.operator === '=') pairs.push({ matcher, runs: this.#runs(matcher.name, matcher.value) });
      else if (values) sets.push({ matcher, values });
      else scans.push(matcher);
    }
    let refs: RefSet | null = null;
    for (const { matcher, runs } of bySize(pairs)) {
      refs = this.#intersectPair(refs, matcher, runs);
      if (refs.length === 0) return NO_REFS;
    }
    for (const { matcher, values } of sets)
      refs = this.#narrow(refs, matcher, () => this.#ofValues(matcher.name, values));
    for (const matcher of scans) refs = this.#narrow(refs, matcher, () => this.#ofScan(matcher));
    let remaining = refs ?? this.#allIndexed();
    for (const matcher of filters) remaining = this.#takeAway(remaining, matcher);
    return remaining;
  }

  #intersectPair(refs: RefSet | null, matcher: Matcher, runs: PairRuns): RefSet {
    const result = refs === null ? runs.refs() : runs.intersect(refs);
    return runs.isDamaged ? this.#ofLabels(matcher, refs) : result;
  }

  /** Intersects with a set that is made only when it is cheaper than looking at the labels of `refs`. */
  #narrow(refs: RefSet | null, matcher: Matcher, make: () => RefSet | null): RefSet {
    if (refs !== null && refs.length <= LABEL_CHECKS_MAX) return this.#ofLabels(matcher, refs);
    const matching = make();
    if (matching === null) return this.#ofLabels(matcher, refs);
    return refs === null ? matching : intersect(refs, matching);
  }

  /** Takes the series away that the matcher, which accepts the empty value, refuses. */
  #takeAway(refs: RefSet, matcher: Matcher): RefSet {
    const values = matcher.operator === '!~' ? matcher.regex?.values : null;
    if (matcher.operator === '!=') {
      const runs = this.#runs(matcher.name, matcher.value);
      const result = runs.subtract(refs);
      return runs.isDamaged ? this.#ofLabels(matcher, refs) : result;
    }
    if (refs.length <= LABEL_CHECKS_MAX) return this.#ofLabels(matcher, refs);
    const refused = values
      ? this.#ofValues(matcher.name, values)
      : this.#unionOfValues(matcher.name, '', (value) => !matcher.matchesValue(value, this.#ticker));
    return refused === null ? this.#ofLabels(matcher, refs) : subtract(refs, refused);
  }

  #beginScan(): void {
    if (this.#mayScan) return;
    throw new PromontoryError(
      'cannot select: it takes a scan of the index, which this reader must not make',
      {
        code: ERR_SELECT_SCANS,
        kind: 'unavailable',
      },
    );
  }

  #runs(name: string, value: string): PairRuns {
    return new PairRuns(this.#store, this.#snapshot, this.#onDamage, name, value);
  }

  /** @returns null when a run is damaged */
  #ofValues(name: string, values: ReadonlySet<string>): RefSet | null {
    if (values.size > FEW_VALUES_MAX) this.#beginScan();
    const sets: RefSet[] = [];
    for (const value of values) {
      this.#ticker.tick();
      const runs = this.#runs(name, value);
      sets.push(runs.refs());
      if (runs.isDamaged) return null;
    }
    return union(sets);
  }

  #ofScan(matcher: Matcher): RefSet | null {
    const prefix = matcher.operator === '=~' ? (matcher.regex?.prefix ?? '') : '';
    return this.#unionOfValues(matcher.name, prefix, (value) => matcher.matchesValue(value, this.#ticker));
  }

  /** @returns null when a run is damaged */
  #unionOfValues(name: string, prefix: string, accepts: (value: string) => boolean): RefSet | null {
    this.#beginScan();
    const sets: RefSet[] = [];
    const isWhole = this.#walkValues(name, prefix, (value, run) => {
      if (accepts(value)) sets.push(run.refs());
    });
    return isWhole ? union(sets) : null;
  }

  /** Those of `refs` (null: of all indexed series) whose labels the matcher accepts. */
  #ofLabels(matcher: Matcher, refs: RefSet | null): RefSet {
    if (refs !== null) return refs.filter((ref) => this.#accepts(matcher, ref));
    this.#beginScan();
    const found = new IntColumn();
    this.#walkAllLabels((labels, ref) => {
      if (matcher.matches(labels, this.#ticker)) found.push(ref);
    });
    return found.values.slice(0, found.length);
  }

  #accepts(matcher: Matcher, ref: number): boolean {
    this.#ticker.tick();
    const labels = this.#pages.labels(ref, this.#snapshot);
    return labels !== null && matcher.matches(labels, this.#ticker);
  }

  #allIndexed(): RefSet {
    this.#beginScan();
    const found = new IntColumn(1024);
    this.#pages.walk(1, this.#snapshot, (pageNumber, page) => {
      for (const ref of page.refs(pageNumber)) {
        this.#ticker.tick();
        found.push(ref);
      }
    });
    return found.values.subarray(0, found.length);
  }

  #walkAllLabels(visit: (labels: Labels, ref: number) => void): void {
    this.#pages.walk(1, this.#snapshot, (pageNumber, page) => {
      for (const ref of page.refs(pageNumber)) {
        this.#ticker.tick();
        visit(page.labels(slotOf(ref)), ref);
      }
    });
  }

  /**
   * Visits every run of the name's values with the prefix; a value with several runs is visited for each.
   *
   * @returns false when a run is damaged and was left out
   */
  #walkValues(name: string, prefix: string, visit: (value: string, run: PostingsRun) => void): boolean {
    if (!isIndexable(name)) return true;
    const { start, endExclusive } = valuePrefixRange(name, prefix);
    let isWhole = true;
    for (const { key, value: record } of this.#store.postings.range(start, endExclusive, this.#snapshot)) {
      this.#ticker.tick();
      const run = readOrReport(this.#onDamage, 'postings run', key, () => new PostingsRun(key, record));
      isWhole &&= run !== null;
      if (run === null) continue;
      const value = readPostingKey(key).value ?? run.cutValue();
      if (value.startsWith(prefix)) visit(value, run);
    }
    return isWhole;
  }
}

/** A single value may keep it for milliseconds. */
function isHeavy({ regex }: Matcher): boolean {
  return regex !== null && regex.values === null && regex.stepsPerCharacter > FEW_STEPS_MAX;
}

/** Fewest refs first. */
function bySize<T extends { readonly runs: PairRuns }>(pairs: readonly T[]): T[] {
  if (pairs.length < 2) return [...pairs];
  const sized = pairs.map((pair) => ({ pair, countMax: pair.runs.countMax() }));
  return sized.sort((left, right) => left.countMax - right.countMax).map(({ pair }) => pair);
}
