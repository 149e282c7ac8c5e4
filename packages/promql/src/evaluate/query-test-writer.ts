/** Random queries over the series of a test's data, most of which have an answer. */
import type { SeededRandom } from '@promontory/base';

const FRAGMENTS =
  'sum by without on ignoring group_left group_right offset bool and or unless atan2 rate( [5m] [5m:1m] @ start() end() anchored fill( info( </ { } ( ) , = != =~ !~ " \' ` + - * / % ^ == > < >= <= 1 .5 0x NaN Inf 1e999 5m metric {__name__=~".+"} \\ # \n é 😀 \u0000'.split(
    ' ',
  );

export class QueryTestWriter {
  readonly #random: SeededRandom;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  vector(depth: number): string {
    if (depth <= 0) return this.#selector();
    const operand = (): string => this.vector(depth - 1);
    return this.#pick([
      () => this.#selector(),
      () =>
        `${this.#pick(['rate', 'increase', 'delta', 'irate', 'idelta', 'deriv', 'changes', 'resets'])}(${this.#range(depth)})`,
      () => `${this.#pick(['rate', 'increase', 'delta', 'changes', 'resets'])}(${this.#extended()})`,
      () => `info(${operand()}${this.#pick(['', ', {version=~".+"}', ', {l="a"}'])})`,
      () =>
        `${this.#pick(['sum', 'avg', 'min', 'max', 'last', 'first', 'count', 'present', 'ts_of_max', 'stddev', 'mad'])}_over_time(${this.#range(depth)})`,
      () =>
        `histogram_${this.#pick(['count', 'sum', 'avg', 'stddev', 'stdvar'])}(${this.#pick(['native', 'custom', operand()])})`,
      () =>
        `${this.#pick(['abs', 'sqrt', 'sort', 'absent', 'timestamp', 'start_timestamp', 'year', '-', '+'])}(${operand()})`,
      () => `${this.#pick(['sum', 'avg', 'count', 'group', 'stdvar'])}${this.#grouping()}(${operand()})`,
      () =>
        `${this.#pick(['topk', 'bottomk', 'quantile', 'limitk', 'limit_ratio'])}${this.#grouping()}(${this.scalar(depth)}, ${operand()})`,
      () => `count_values${this.#grouping()}("v", ${operand()})`,
      () => `${operand()} ${this.#operator()} ${this.#matching()}${operand()}`,
      () =>
        `${operand()} ${this.#pick(['+', '-', '>', '<='])} ${this.#matching()}${this.#fill()} ${operand()}`,
      () =>
        `${operand()} ${this.#pick(['+', '/', '>', '== bool', '%', '^', '</', '>/'])} ${this.scalar(depth)}`,
      () => `histogram_quantile(${this.scalar(depth)}, ${operand()})`,
      () => `histogram_quantiles(${operand()}, "q", ${this.scalar(depth)}, 0.5)`,
      () => `histogram_fraction(${this.scalar(depth)}, ${this.scalar(depth)}, ${operand()})`,
      () => `label_replace(${operand()}, "l", "$1", "${this.#pick(['l', 'le', 'x'])}", "(.*)")`,
      () => `clamp(${operand()}, ${this.scalar(depth)}, ${this.scalar(depth)})`,
      () => `vector(${this.scalar(depth)})`,
      () => `(${operand()})`,
    ])();
  }

  scalar(depth: number): string {
    return this.#pick([
      () => this.#pick(['0', '1', '-0.5', '1e300', 'NaN', '-Inf', '0x10', '1h', '9223372036854775808']),
      () => (depth > 0 ? `scalar(${this.vector(depth - 1)})` : 'time()'),
      () =>
        depth > 0
          ? `(${this.scalar(depth - 1)} ${this.#pick(['+', '*', '^', '%'])} ${this.scalar(depth - 1)})`
          : 'pi()',
    ])();
  }

  mutate(query: string): string {
    const position = this.#random.nextInt(query.length + 1);
    const length = this.#random.nextInt(6);
    const insert = this.#pick(['', ' ', ...FRAGMENTS]);
    return this.#pick([
      () => query.slice(0, position) + insert + query.slice(position),
      () => query.slice(0, position) + query.slice(position + length),
      () => query.slice(0, position) + insert + query.slice(position + length),
      () => query.slice(position) + query.slice(0, position),
      () => query.slice(0, position),
    ])();
  }

  #pick<T>(choices: readonly T[]): T {
    const chosen = choices[this.#random.nextInt(choices.length)];
    if (chosen === undefined) throw new Error('nothing to choose from');
    return chosen;
  }

  #selector(): string {
    const name = this.#pick([
      'm',
      'h_bucket',
      'gauge',
      'native',
      'custom',
      'mixed',
      'nothing',
      '{l=~"a|b"}',
      'm{l!="a"}',
      '{"m"}',
    ]);
    return name + this.#pick(['', '', '', ' offset 1m', ' offset -1m', ' @ 30', ' @ end()']);
  }

  #range(depth: number): string {
    if (depth <= 1 || this.#random.nextInt(3) > 0) {
      const duration = this.#pick(['30s', '1m', '5m', '1ms', 'step()*2', 'min_of(1m,range())']);
      return `${this.#pick(['m', 'm', 'native', 'custom', 'mixed'])}[${duration}]`;
    }
    return `(${this.vector(depth - 2)})[${this.#pick(['1m', '5m'])}:${this.#pick(['', '30s', '1m'])}]`;
  }

  /** A range whose ends are taken from around it. */
  #extended(): string {
    return `${this.#pick(['m', 'm', 'gauge', 'mixed'])}[1m] ${this.#pick(['anchored', 'smoothed'])}`;
  }

  #fill(): string {
    return this.#pick(['fill(0)', 'fill_left(1)', 'fill_right(-1) fill_left(NaN)']);
  }

  #grouping(): string {
    return this.#pick(['', ' by (l) ', ' without (l) ', ' by () ', ' by (l, le) ', ' by (__name__) ']);
  }

  #operator(): string {
    return this.#pick(['+', '-', '/', '>', '<= bool', 'and', 'or', 'unless', 'atan2']);
  }

  #matching(): string {
    return this.#pick([
      '',
      '',
      'on (l) ',
      'ignoring (le) ',
      'on () ',
      'on (l) group_left ',
      'ignoring (l) group_right (le) ',
    ]);
  }
}
