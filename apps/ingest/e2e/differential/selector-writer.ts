/** Random selectors and ranges over the data. */
import type { Choice } from './choice.ts';
import { FAMILIES, type FamilyKind, type MetricFamily, valuesOf } from './metric-families.ts';
import { DATA_MS } from './time-slots.ts';

const RANGES = ['30s', '1m', '1m', '2m', '5m', '5m', '7m30s', '20m', '47s', '1h', '100ms', '90', '2m1ms'];
const OFFSETS = ['30s', '1m', '-1m', '7m', '-3m', '1m1ms', '20m', '-15'];
const STEPS = ['', '15s', '30s', '1m', '17s', '3m', '100'];

export class SelectorWriter {
  readonly #choice: Choice;
  #hasAt = true;

  constructor(choice: Choice) {
    this.#choice = choice;
  }

  /** An instant selector of one of the kinds. */
  selector(kinds: readonly FamilyKind[]): string {
    return this.#bare(this.#family(kinds)) + this.modifiers();
  }

  range(kinds: readonly FamilyKind[]): string {
    return `${this.#bare(this.#family(kinds))}[${this.#length()}]${this.modifiers()}`;
  }

  /** @param inner a vector, in parentheses where it needs them */
  subquery(inner: string): string {
    const length = this.#choice.of(['1m', '2m', '5m', '5m', '10m', '20m', '61s']);
    return `${inner}[${length}:${this.#choice.of(STEPS)}]${this.modifiers()}`;
  }

  /** Mostly none. */
  modifiers(): string {
    const { oneIn } = this;
    const offset = oneIn(6) ? ` offset ${this.#offset()}` : '';
    const at = this.#hasAt && oneIn(10) ? ` @ ${this.#at()}` : '';
    return oneIn(2) ? offset + at : at + offset;
  }

  /** In a range query Prometheus does not mind `@` in the parameter of an aggregation. */
  withoutAt<T>(write: () => T): T {
    this.#hasAt = false;
    const written = write();
    this.#hasAt = true;
    return written;
  }

  oneIn = (count: number): boolean => this.#choice.oneIn(count);

  #family(kinds: readonly FamilyKind[]): MetricFamily {
    return this.#choice.of(FAMILIES.filter(({ kind }) => kinds.includes(kind)));
  }

  #bare(family: MetricFamily): string {
    const matchers: string[] = [];
    for (const label of family.labels) {
      if (this.#choice.oneIn(4)) matchers.push(this.#matcher(label));
    }
    if (this.#choice.oneIn(30)) matchers.push(this.#matcher('absent_label'));
    if (family.name.startsWith('{')) return `{${[family.name.slice(1, -1), ...matchers].join(', ')}}`;
    if (this.#choice.oneIn(20)) {
      return `{${[`__name__=~"${family.name.slice(0, -2)}.+"`, ...matchers].join(',')}}`;
    }
    return family.name + (matchers.length > 0 ? `{${matchers.join(',')}}` : '');
  }

  #matcher(label: string): string {
    const value = this.#choice.of(valuesOf(label));
    return (
      label +
      this.#choice.of([
        () => `="${value}"`,
        () => `="${value}"`,
        () => `!="${value}"`,
        () => `=~"${value}|x.*"`,
        () => `=~"${value.slice(0, 1)}.*"`,
        () => `!~"${value}"`,
        () => `!=""`,
        () => `=~".*"`,
        () => `=~".+"`,
        () => `!~"(?i)${value.toUpperCase()}|z"`,
      ])()
    );
  }

  #length(): string {
    if (!this.#choice.oneIn(25)) return this.#choice.of(RANGES);
    return this.#choice.of(['(1m + 30s)', '5m * 2', '10m / 3', '-(-1m)', '2 ^ 7', '601s % 7m']);
  }

  #offset(): string {
    if (!this.#choice.oneIn(12)) return this.#choice.of(OFFSETS);
    return this.#choice.of(['(1m + 30s)', '-(2m)', '(1h / 4)']);
  }

  #at(): string {
    return this.#choice.of(['start()', 'end()', `T${this.#choice.between(-60, DATA_MS / 1000 + 60)}`]);
  }
}
