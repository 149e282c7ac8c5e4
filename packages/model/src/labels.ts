import { compareUtf8 } from './utf8-order.ts';

export const METRIC_NAME = '__name__';

/** A lone surrogate: no text decoded from UTF-8 can contain it, so joined pairs stay unambiguous. */
const KEY_SEPARATOR = '\ud800';

/**
 * An immutable set of label pairs: names unique, sorted by UTF-8 bytes, no empty values
 * (an empty value means that the label is absent).
 */
export class Labels {
  static readonly empty = new Labels([]);

  /** Flat: name, value, name, value, … Do not modify. */
  readonly pairs: readonly string[];
  #key: string | undefined;

  private constructor(pairs: readonly string[]) {
    this.pairs = pairs;
    this.#key = undefined;
  }

  /** @param pairs flat and already sorted, unique and without empty values; the Labels take ownership */
  static fromSortedPairs(pairs: readonly string[]): Labels {
    return pairs.length === 0 ? Labels.empty : new Labels(pairs);
  }

  /** Sorts by name and drops empty values; of a name given twice the last wins. */
  static fromEntries(entries: Iterable<readonly [string, string]>): Labels {
    const byName = new Map<string, string>();
    for (const [name, value] of entries) byName.set(name, value);
    const kept = [...byName].filter(([, value]) => value !== '');
    kept.sort((left, right) => compareUtf8(left[0], right[0]));
    return Labels.fromSortedPairs(kept.flat());
  }

  static fromObject(object: Readonly<Record<string, string>>): Labels {
    return Labels.fromEntries(Object.entries(object));
  }

  get size(): number {
    return this.pairs.length / 2;
  }

  /** @returns the value, or '' when the label is absent */
  get(name: string): string {
    const pairs = this.pairs;
    for (let index = 0; index < pairs.length; index += 2) {
      if (pairs[index] === name) return pairs[index + 1] ?? '';
    }
    return '';
  }

  has(name: string): boolean {
    return this.get(name) !== '';
  }

  /** Equal labels have equal keys, different labels different ones. Computed once. */
  get key(): string {
    this.#key ??= this.pairs.join(KEY_SEPARATOR);
    return this.#key;
  }

  equals(other: Labels): boolean {
    return this === other || this.key === other.key;
  }

  /** Only the named labels, as `by (…)` and `on (…)` want. */
  keep(names: ReadonlySet<string>): Labels {
    return this.#filter((name) => names.has(name));
  }

  /** All but the named labels. */
  drop(names: ReadonlySet<string>): Labels {
    return this.#filter((name) => !names.has(name));
  }

  /** A copy with one label set; an empty value removes it. */
  with(name: string, value: string): Labels {
    const { pairs } = this;
    let index = 0;
    while (index < pairs.length && compareUtf8(pairs[index]!, name) < 0) index += 2;
    const isThere = index < pairs.length && pairs[index] === name;
    const added = value === '' ? [] : [name, value];
    return Labels.fromSortedPairs(pairs.toSpliced(index, isThere ? 2 : 0, ...added));
  }

  *entries(): Generator<readonly [name: string, value: string]> {
    for (let index = 0; index < this.pairs.length; index += 2) {
      yield [this.pairs[index] ?? '', this.pairs[index + 1] ?? ''];
    }
  }

  toObject(): Record<string, string> {
    const object = Object.create(null) as Record<string, string>;
    for (const [name, value] of this.entries()) object[name] = value;
    return object;
  }

  /** `{a="1", b="2"}` with the metric name in front, as Prometheus prints series. */
  toString(): string {
    const name = this.get(METRIC_NAME);
    const rest = [...this.entries()]
      .filter(([label]) => label !== METRIC_NAME)
      .map(([label, value]) => `${label}=${JSON.stringify(value)}`);
    return rest.length === 0 && name !== '' ? name : `${name}{${rest.join(', ')}}`;
  }

  #filter(keepName: (name: string) => boolean): Labels {
    const pairs: string[] = [];
    const own = this.pairs;
    for (let index = 0; index < own.length; index += 2) {
      const name = own[index] ?? '';
      if (keepName(name)) pairs.push(name, own[index + 1] ?? '');
    }
    return pairs.length === own.length ? this : Labels.fromSortedPairs(pairs);
  }
}

/** Orders label sets as Prometheus does: pair by pair, a prefix first. */
export function compareLabels(left: Labels, right: Labels): number {
  const common = Math.min(left.pairs.length, right.pairs.length);
  for (let index = 0; index < common; index++) {
    const leftText = left.pairs[index]!;
    const rightText = right.pairs[index]!;
    // Names and most values are the same strings, which this tells without looking into them.
    if (leftText === rightText) continue;
    return compareUtf8(leftText, rightText);
  }
  return left.pairs.length - right.pairs.length;
}
