/**
 * Label names, label values and label sets of the series that have samples in the bounds of a view.
 *
 * Answers ascend, and the work goes in their order as far as it can: with a bound on the answers, samples are looked for
 * only until there are enough. Every function takes `countMax`, 0 for none, and answers with at most one more, which says
 * that there are more. The view's ticker is told of every series, value and comparison.
 */
import type { WorkTicker } from '@promontory/base';
import { compareLabels, compareUtf8, type Labels, type Matcher } from '@promontory/model';
import { type RefSet, union } from '../index/ref-sets.ts';
import type { DatabaseView } from './database-view.ts';

/** Alternatives, each a conjunction; none means every series, and so does an empty one. */
export type MatcherSets = readonly (readonly Matcher[])[];

/** The series that any of the matcher sets accepts, with samples or not; ascending. */
export function selectAny(view: DatabaseView, matcherSets: MatcherSets): RefSet {
  const sets = selectsAll(matcherSets) ? [[]] : matcherSets;
  return union(sets.map((matchers) => view.index.select(matchers)));
}

/** Names by UTF-8 bytes. */
export function browseNames(view: DatabaseView, matcherSets: MatcherSets, countMax: number): string[] {
  if (selectsAll(matcherSets)) {
    const names = view.index.labelNames();
    return takeWhere(names, countMax, (name) => hasAnySamples(view, view.index.refsOfName(name)));
  }
  const names = new Set<string>();
  for (const ref of selectAny(view, matcherSets)) {
    view.ticker.tick();
    const unknown = Array.from(view.labels(ref).entries(), ([name]) => name).filter(
      (name) => !names.has(name),
    );
    if (unknown.length > 0 && view.hasSamples(ref)) for (const name of unknown) names.add(name);
  }
  return [...names].sort(view.ticker.ticking(compareUtf8));
}

/** Values by UTF-8 bytes. */
export function browseValues(
  view: DatabaseView,
  name: string,
  matcherSets: MatcherSets,
  countMax: number,
): string[] {
  if (selectsAll(matcherSets)) {
    const found = takeWhere(view.index.labelValues(name), countMax, ({ runs }) =>
      runs.some((run) => hasAnySamples(view, run.refs())),
    );
    return found.map(({ value }) => value);
  }
  const refsByValue = new Map<string, number[]>();
  for (const ref of selectAny(view, matcherSets)) {
    view.ticker.tick();
    const value = view.labels(ref).get(name);
    const refs = refsByValue.get(value);
    if (refs === undefined) refsByValue.set(value, [ref]);
    else refs.push(ref);
  }
  refsByValue.delete('');
  const values = [...refsByValue.keys()].sort(view.ticker.ticking(compareUtf8));
  return takeWhere(values, countMax, (value) => hasAnySamples(view, refsByValue.get(value) ?? []));
}

/** Label sets as `compareLabels` has them. */
export function browseSeries(view: DatabaseView, matcherSets: MatcherSets, countMax: number): Labels[] {
  const first = new FirstLabels(countMax, view.ticker);
  for (const ref of selectAny(view, matcherSets)) {
    view.ticker.tick();
    const labels = view.labels(ref);
    if (first.mayTake(labels) && view.hasSamples(ref)) first.add(labels);
  }
  return first.sorted();
}

function selectsAll(matcherSets: MatcherSets): boolean {
  return matcherSets.length === 0 || matcherSets.some((matchers) => matchers.length === 0);
}

function hasAnySamples(view: DatabaseView, refs: Iterable<number>): boolean {
  for (const ref of refs) {
    view.ticker.tick();
    if (view.hasSamples(ref)) return true;
  }
  return false;
}

function takeWhere<T>(ascending: Iterable<T>, countMax: number, accepts: (item: T) => boolean): T[] {
  const taken: T[] = [];
  for (const item of ascending) {
    if (!accepts(item)) continue;
    taken.push(item);
    if (countMax > 0 && taken.length > countMax) break;
  }
  return taken;
}

/** The first of many label sets, and one more than asked for. */
class FirstLabels {
  readonly #keptMax: number;
  readonly #compare: (left: Labels, right: Labels) => number;
  #labels: Labels[] = [];
  /** What does not come before it is not among the first. */
  #last: Labels | null = null;

  constructor(countMax: number, ticker: WorkTicker) {
    this.#compare = ticker.ticking(compareLabels);
    this.#keptMax = countMax === 0 ? Number.POSITIVE_INFINITY : countMax + 1;
  }

  mayTake(labels: Labels): boolean {
    return this.#last === null || compareLabels(labels, this.#last) < 0;
  }

  add(labels: Labels): void {
    this.#labels.push(labels);
    if (this.#labels.length < 2 * this.#keptMax) return;
    this.#labels = this.sorted();
    this.#last = this.#labels.at(-1) ?? null;
  }

  sorted(): Labels[] {
    return this.#labels.sort(this.#compare).slice(0, this.#keptMax);
  }
}
