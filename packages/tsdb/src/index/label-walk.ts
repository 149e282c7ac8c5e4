/**
 * Walks the names of labels, and the values of one, in order of their UTF-8 bytes: those of indexed series by the keys of
 * their postings, those of waiting series from memory. A walk may be left at any moment.
 *
 * Keys hold only the start of a long value, so values with the same start are put in order together. From a damaged run
 * on, the labels of all series take the place of the postings.
 */
import type { WorkTicker } from '@promontory/base';
import { compareUtf8, type Labels, Matcher } from '@promontory/model';
import { readOrReport } from '../store/damage.ts';
import { KEY_END, KEY_START, keyAfterPrefix } from '../store/keys.ts';
import type { IndexParts } from './index-parts.ts';
import { IntColumn } from './int-column.ts';
import { isIndexable, keptOfCut, namePart, readPostingKey, valuePrefixRange } from './posting-keys.ts';
import { PostingsRun } from './postings-record.ts';
import type { RefSet } from './ref-sets.ts';
import { slotOf } from './series-page.ts';

/** A shorter value has a key of its own start: fewer than 256 bytes, three a UTF-16 unit at most. */
const SHORT_CHARACTERS_END = 86;

/** Some of the series that have a label. */
export interface RefRun {
  /** Ascending; decoded by the call. */
  refs(): RefSet;
}

export interface LabelValue {
  readonly value: string;
  /** Together all series that have it. */
  readonly runs: readonly RefRun[];
}

export class LabelWalk {
  readonly #parts: IndexParts;
  readonly #ticker: WorkTicker;

  constructor(parts: IndexParts, ticker: WorkTicker) {
    this.#parts = parts;
    this.#ticker = ticker;
  }

  /** Each name once: one seek a name. */
  *names(): Generator<string> {
    const { waiting, state } = this.#parts;
    const names = new Set<string>();
    waiting.countPairs(state.nextRef, (name) => names.add(name));
    const waitingNames = [...names].sort(compareUtf8);
    let next = 0;
    for (const name of this.#indexedNames()) {
      for (; next < waitingNames.length && compareUtf8(waitingNames[next]!, name) < 0; next++)
        yield waitingNames[next]!;
      if (waitingNames[next] === name) next++;
      yield name;
    }
    yield* waitingNames.slice(next);
  }

  /** The series that have a label with the name; in no order, and some of them more than once. */
  *refsOfName(name: string): Generator<number> {
    const { waiting, state } = this.#parts;
    for (const run of this.#runsOf(name)) {
      if (run === null) {
        yield* this.#refsByLabels((labels) => labels.get(name) !== '');
        break;
      }
      yield* run.run.refs();
    }
    yield* waiting.select([new Matcher('!=', name, '')], state.nextRef, this.#ticker);
  }

  /** Each value of the name once. */
  *values(name: string): Generator<LabelValue> {
    const waiting = this.#waitingValues(name);
    let next = 0;
    for (const indexed of this.#indexedValues(name)) {
      for (; next < waiting.length && compareUtf8(waiting[next]!.value, indexed.value) < 0; next++)
        yield waiting[next]!;
      if (waiting[next]?.value === indexed.value)
        yield { value: indexed.value, runs: [...indexed.runs, ...waiting[next++]!.runs] };
      else yield indexed;
    }
    yield* waiting.slice(next);
  }

  *#indexedNames(): Generator<string> {
    const { store, snapshot } = this.#parts;
    for (let start: Buffer = KEY_START; ;) {
      this.#ticker.tick();
      const [key] = store.postings.keys(start, KEY_END, snapshot, 1);
      if (key === undefined) return;
      const { name } = readPostingKey(key);
      yield name;
      start = keyAfterPrefix(namePart(name));
    }
  }

  *#indexedValues(name: string): Generator<LabelValue> {
    let group = new Map<string, RefRun[]>();
    let groupStart = '';
    let last: string | null = null;
    for (const found of this.#runsOf(name)) {
      if (found === null) {
        yield* this.#valuesByLabels(name, last);
        return;
      }
      const { value, run } = found;
      const runs = group.get(value);
      if (runs !== undefined) {
        runs.push(run);
        continue;
      }
      const start = value.length < SHORT_CHARACTERS_END ? value : keptOfCut(value).toString('latin1');
      if (start !== groupStart) {
        const values = this.#inOrder(group);
        yield* values;
        last = values.at(-1)?.value ?? last;
        group = new Map();
        groupStart = start;
      }
      group.set(value, [run]);
    }
    yield* this.#inOrder(group);
  }

  /** In the order of keys; null for a damaged one. */
  *#runsOf(name: string): Generator<{ readonly value: string; readonly run: PostingsRun } | null> {
    if (!isIndexable(name)) return;
    const { store, snapshot, onDamage } = this.#parts;
    const { start, endExclusive } = valuePrefixRange(name, '');
    for (const { key, value: record } of store.postings.range(start, endExclusive, snapshot)) {
      this.#ticker.tick();
      const run = readOrReport(onDamage, 'postings run', key, () => new PostingsRun(key, record));
      yield run && { value: readPostingKey(key).value ?? run.cutValue(), run };
    }
  }

  #valuesByLabels(name: string, after: string | null): LabelValue[] {
    const refs = new Map<string, IntColumn>();
    this.#walkLabels((labels, ref) => {
      const value = labels.get(name);
      if (value === '' || (after !== null && compareUtf8(value, after) <= 0)) return;
      addTo(refs, value, ref);
    });
    return this.#inOrder(runsOf(refs));
  }

  #waitingValues(name: string): LabelValue[] {
    const { waiting, state } = this.#parts;
    const refs = new Map<string, IntColumn>();
    for (const ref of waiting.select([new Matcher('!=', name, '')], state.nextRef, this.#ticker)) {
      this.#ticker.tick();
      addTo(refs, waiting.labels(ref)?.get(name) ?? '', ref);
    }
    return this.#inOrder(runsOf(refs));
  }

  #refsByLabels(accepts: (labels: Labels) => boolean): RefSet {
    const refs = new IntColumn();
    this.#walkLabels((labels, ref) => {
      if (accepts(labels)) refs.push(ref);
    });
    return refs.values.subarray(0, refs.length);
  }

  #walkLabels(visit: (labels: Labels, ref: number) => void): void {
    const { pages, snapshot } = this.#parts;
    pages.walk(1, snapshot, (pageNumber, page) => {
      for (const ref of page.refs(pageNumber)) {
        this.#ticker.tick();
        visit(page.labels(slotOf(ref)), ref);
      }
    });
  }

  #inOrder(runsByValue: ReadonlyMap<string, readonly RefRun[]>): LabelValue[] {
    const values = Array.from(runsByValue, ([value, runs]) => ({ value, runs }));
    return values.sort(this.#ticker.ticking((left, right) => compareUtf8(left.value, right.value)));
  }
}

function addTo(refs: Map<string, IntColumn>, value: string, ref: number): void {
  const column = refs.get(value) ?? new IntColumn(1);
  column.push(ref);
  refs.set(value, column);
}

function runsOf(refs: ReadonlyMap<string, IntColumn>): Map<string, RefRun[]> {
  return new Map(
    Array.from(refs, ([value, { values, length }]) => [value, [{ refs: () => values.subarray(0, length) }]]),
  );
}
