/** Random queries of the whole language, for tests: nearly all parse. */
import type { SeededRandom } from '@promontory/base';

export class ExpressionWriter {
  readonly #random: SeededRandom;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  /** @param depth how deep calls and operators nest at most */
  expression(depth: number): string {
    return this.#pick([() => this.scalar(depth), ...Array<() => string>(5).fill(() => this.vector(depth))])();
  }

  vector(depth: number): string {
    if (depth <= 0) return this.#selector();
    const inner = (): string => this.vector(depth - 1);
    return this.#pick([
      () => this.#selector(),
      () => `${this.#pick(['rate', 'increase', 'mad_over_time', 'last_over_time'])}(${this.#range(depth)})`,
      () => `quantile_over_time(${this.scalar(depth - 1)}, ${this.#range(depth)})`,
      () => `${this.#pick(['abs', 'sort_desc', 'histogram_stddev', 'start_timestamp', 'hour'])}(${inner()})`,
      () => `label_replace(${inner()}, "a", ${this.#string()}, "b", "(.*)")`,
      () => `info(${inner()}${this.#pick(['', ', {}', ', {a=~".*"}', `, {${this.#matcher()}}`])})`,
      () => this.#aggregation(this.#pick(['sum', 'AVG', 'group', 'stdvar']), inner()),
      () =>
        this.#aggregation(
          this.#pick(['topk', 'limitk', 'limit_ratio', 'quantile']),
          `${this.scalar(depth - 1)}, ${inner()}`,
        ),
      () => this.#aggregation('count_values', `${this.#string()}, ${inner()}`),
      () => `${inner()} ${this.#pick(['+', '-', '%', 'atan2', '^'])}${this.#matching()} ${inner()}`,
      () => `${inner()} ${this.#pick(['==', '>=', '<', '!= bool'])}${this.#matching()} ${inner()}`,
      () => `${inner()} ${this.#pick(['and', 'or', 'UNLESS'])}${this.#clause()} ${inner()}`,
      () => `${inner()} ${this.#pick(['*', '/', '> bool', '</', '>/'])} ${this.scalar(depth - 1)}`,
      () => `${this.#pick(['-', '+', '- -', '-'])}${inner()}`,
      () => `(${inner()})`,
    ])();
  }

  scalar(depth: number): string {
    const operator = this.#pick(['+', '-', '*', '^', '> bool', 'atan2']);
    return this.#pick([
      () => this.#number(),
      () => this.#number(),
      () => this.#pick(['time()', 'pi()', 'step()', 'min_of(1, start())']),
      () => (depth > 0 ? `${this.scalar(depth - 1)} ${operator} ${this.scalar(depth - 1)}` : '-1'),
      () => (depth > 0 ? `-(${this.scalar(depth - 1)})` : '- 2 ^ 2'),
      () => `scalar(${this.vector(depth - 2)})`,
    ])();
  }

  /** The text with a few changes, which may parse or not. */
  mutate(query: string): string {
    const position = this.#random.nextInt(query.length + 1);
    const length = this.#random.nextInt(4);
    const insert = this.#pick(FRAGMENTS);
    return this.#pick([
      () => query.slice(0, position) + insert + query.slice(position),
      () => query.slice(0, position) + query.slice(position + length),
      () => query.slice(0, position) + insert + query.slice(position + length),
      () => query.slice(0, position),
    ])();
  }

  #selector(): string {
    const name = this.#pick(['m', 'a:b', 'sum', 'offset', 'fill', '']);
    const first = name === '' ? this.#pick(['c="d"', '"é.f"', '__name__=~"m.+"']) : '';
    const matchers = [first, this.#matcher(), this.#matcher()].filter((matcher) => matcher !== '');
    const braces = matchers.length > 0 ? `{${matchers.join(', ')}}` : this.#pick(['', '{}']);
    return name + (name === '' && braces === '' ? '{c="d"}' : braces) + this.#modifiers();
  }

  #matcher(): string {
    const name = this.#pick(['x', 'by', '"y z"', "'ü'", '""', '_1']);
    const operator = this.#pick(['=', '!=', '=~', '!~']);
    return this.#random.nextInt(3) > 0 ? '' : `${name}${operator}${this.#string()}`;
  }

  #string(): string {
    return this.#pick(['"a"', "'b\"'", '`c\\n`', '"\\n\\x41\\\\"', '"😀\u00a0"', '"\\u00e9"', '""']);
  }

  /** No Inf: it prints as `+Inf`, as in Prometheus, and that is another expression before `^`. */
  #number(): string {
    return this.#pick(['1', '0.1', '-2', '1e300', '1e-9', '0x1F', '017', '1_0', 'nan', '5m', '1d2h1ms']);
  }

  #range(depth: number): string {
    const name = this.#pick(['m', 'm{a="b"}', '{"m"}']);
    if (depth <= 1 || this.#random.nextInt(3) > 0) {
      return `${name}[${this.#duration(2)}]${this.#modifiers()}`;
    }
    const step = this.#pick(['', this.#duration(1)]);
    return `${this.#pick([name, `(${this.vector(depth - 2)})`])}[${this.#duration(1)}:${step}]${this.#shift()}`;
  }

  #duration(depth: number): string {
    const leaf = this.#pick(['5m', '90s', '1h30m', '30', '2w', '1s1ms', '0x10', '1y']);
    if (depth <= 0) return leaf;
    const inner = (): string => this.#duration(depth - 1);
    return this.#pick([
      () => leaf,
      () => leaf,
      () => `(${leaf})`,
      () => this.#pick(['step()', 'range()', '-step()', '(step())', '-(-range())']),
      () => `${inner()} ${this.#pick(['+', '-', '*', '/', '%', '^'])} ${inner()}`,
      () => `(${inner()} - ${inner()}) ^ -${inner()}`,
      () => `${this.#pick(['min_of', 'MAX_OF'])}(${inner()}, -${inner()})`,
      () => `+(${inner()} * ${inner()})`,
    ])();
  }

  #shift(): string {
    const offset = this.#pick([
      '5m',
      '-1h',
      '+(30)',
      '0',
      '- -5m',
      '-step()',
      '-(range() / 2)',
      `(${this.#duration(1)})`,
      `max_of(1, ${this.#duration(1)})`,
    ]);
    const at = this.#pick(['@ 10', '@ -1.5', '@ 5m', '@ start()', '@ end()']);
    return this.#pick(['', '', '', ` offset ${offset}`, ` ${at}`, ` ${at} offset ${offset}`]);
  }

  /**
   * Nothing stands behind an offset in parentheses: they go on with operators that follow (`m offset (5m) * 2`),
   * and printing would move it there.
   */
  #modifiers(): string {
    const extension = this.#pick(['', '', '', '', ' anchored', ' smoothed']);
    return this.#pick([extension + this.#shift(), ` offset -5m${extension} @ end()`]);
  }

  #aggregation(name: string, args: string): string {
    const labels = this.#pick(['', 'a', 'a, b,', '"é.b", by']);
    const grouping = `${this.#pick(['by', 'without'])} (${labels})`;
    return this.#pick([`${name}(${args})`, `${name} ${grouping} (${args})`, `${name}(${args}) ${grouping}`]);
  }

  #clause(): string {
    return this.#pick(['', '', ' on (a, "b c")', ' on()', ' ignoring (a)', ' ignoring()']);
  }

  #matching(): string {
    const group = this.#pick(['', ' group_left', ' group_right (c, "é")', ' group_left()']);
    const clause = this.#pick(['', ` on (a, "b c")${group}`, ` ignoring()${group}`, ` on()${group}`]);
    const fill = this.#pick(['fill(0)', 'fill_left(-1) fill_right(Inf)', 'fill_right(1) fill_left(1)']);
    return `${clause}${this.#pick(['', '', ` ${fill}`, ' fill_left (nan)'])}`;
  }

  #pick<T>(choices: readonly T[]): T {
    const chosen = choices[this.#random.nextInt(choices.length)];
    if (chosen === undefined) throw new Error('nothing to choose from');
    return chosen;
  }
}

const FRAGMENTS =
  'sum by without on ignoring group_left offset bool and atan2 rate( [5m] [5m:1m] @ start() { } ( ) [ ] , : = =~ " \' ` + - * / ^ == </ < 1 .5 0x NaN 5m 1h m fill( anchored step( min_of( # \\ ! ; é'.split(
    ' ',
  );
