/** Random queries that give floats. */
import {
  AGGREGATIONS,
  ANY_RANGE,
  COUNTER_RANGE,
  type ExpressionWriter,
  FLOAT_RANGE,
  FLOATS,
  HISTOGRAMS,
  operatorOf,
  words,
} from './expression-writer.ts';
import { BinaryWriter } from './binary-writer.ts';
import { relabelled } from './relabelled.ts';
import type { FamilyKind } from './metric-families.ts';

const MATHS = words(
  'abs ceil floor exp ln log2 log10 sqrt sgn sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh rad deg round timestamp',
);
const CALENDAR = words('day_of_month day_of_week day_of_year days_in_month hour minute month year');
const GROUPINGS = [
  'job',
  'instance',
  'job, instance',
  'code',
  'le',
  'kind',
  '__name__',
  'room, queue, unit',
  '"http.method"',
  '',
];
const INFO_MATCHERS = [
  '',
  '',
  ', {version=~".+"}',
  ', {"k8s.cluster"=~"eu-.*"}',
  ', {version="1.1"}',
  ', {__name__="build_info"}',
  ', {__name__=~".*_info"}',
  ', {__name__=~".+_info", version=~".+"}',
  ', {absent=~".+"}',
];

/** What the float writer wants of the whole besides the parts that all share. */
export interface FloatWriterParts extends ExpressionWriter {
  ofHistograms(depth: number): string;
}

export class FloatWriter {
  readonly #parts: FloatWriterParts;
  readonly #binary: BinaryWriter;

  constructor(parts: FloatWriterParts) {
    this.#parts = parts;
    this.#binary = new BinaryWriter(parts);
  }

  floats(depth: number): string {
    const { choice, selectors } = this.#parts;
    const { of } = choice;
    const inner = (): string => this.#parts.floats(depth - 1);
    const scalar = (): string => this.#parts.scalar(depth - 1);
    return of([
      () => selectors.selector(FLOATS),
      () => `${of(COUNTER_RANGE)}(${this.#range(['counter', 'bucket'], depth)})`,
      () => `${of(COUNTER_RANGE)}(${this.#range(['counter'], depth)})`,
      () => `${of([...FLOAT_RANGE, ...ANY_RANGE])}(${this.#range(['gauge', 'counter'], depth)})`,
      () => this.#parameterisedRange(depth),
      () => this.#call(depth),
      () => this.#call(depth),
      () => this.#parts.ofHistograms(depth),
      () => this.#parts.ofHistograms(depth),
      () => this.#aggregation(depth),
      () => this.#aggregation(depth),
      () => this.#ranking(depth),
      () => this.#binary.anySides(depth),
      () => this.#binary.anySides(depth),
      () => this.#binary.join(depth),
      () => this.#binary.join(depth),
      () => `${inner()} ${operatorOf(choice)} (${scalar()})`,
      () => `${scalar()} ${operatorOf(choice)} (${inner()})`,
      () => `(${inner()}) ^ ${of(['2', '0.5', '-1', '3'])}`,
      () => `-(${inner()})`,
      () => `vector(${scalar()})`,
    ])();
  }

  #range(kinds: readonly FamilyKind[], depth: number): string {
    const { choice, selectors } = this.#parts;
    if (depth <= 1 || !choice.oneIn(4)) return selectors.range(kinds);
    return selectors.subquery(`(${this.#parts.floats(depth - 2)})`);
  }

  #parameterisedRange(depth: number): string {
    const { of, between } = this.#parts.choice;
    const range = this.#range(['gauge', 'counter'], depth);
    return of([
      () => `quantile_over_time(${between(0, 1)}, ${range})`,
      () => `quantile_over_time(${this.#parts.scalar(depth - 1)}, ${range})`,
      () => `predict_linear(${range}, ${this.#parts.number()})`,
      () => `double_exponential_smoothing(${range}, ${between(0.01, 0.99)}, ${between(0.01, 0.99)})`,
      () => `absent_over_time(${range})`,
      () => `count_over_time(${range})`,
      () => `mad_over_time(${this.#range(['counter'], 1)})`,
    ])();
  }

  #call(depth: number): string {
    const { choice } = this.#parts;
    const { of } = choice;
    const inner = (): string =>
      choice.oneIn(12) ? this.#parts.any(depth - 1) : this.#parts.floats(depth - 1);
    const scalar = (): string => this.#parts.scalar(depth - 1);
    return of([
      () => `${of(MATHS)}(${inner()})`,
      () => `${of(MATHS)}(${inner()})`,
      () => `${of(CALENDAR)}(${of([inner(), 'last_seen_seconds', 'last_seen_seconds * -7', ''])})`,
      () => `round(${inner()}, ${this.#parts.number()})`,
      () => `clamp(${inner()}, ${scalar()}, ${scalar()})`,
      () => `${of(['clamp_min', 'clamp_max'])}(${inner()}, ${scalar()})`,
      () => `absent(${inner()})`,
      () => relabelled(choice, inner()),
      () => relabelled(choice, inner()),
      () => this.#info(depth),
      () => `sort(${inner()})`,
    ])();
  }

  #info(depth: number): string {
    const { choice, selectors } = this.#parts;
    const described = choice.of([
      () => selectors.selector(['counter']),
      () => `rate(${selectors.range(['counter'])})`,
      () => this.#parts.any(depth - 1),
    ])();
    return `info(${described}${choice.of(INFO_MATCHERS)})`;
  }

  #aggregation(depth: number): string {
    const { choice } = this.#parts;
    const { of, between } = choice;
    const inner = choice.oneIn(5) ? this.#parts.any(depth - 1) : this.#parts.floats(depth - 1);
    return of([
      () => this.#grouped(of(AGGREGATIONS), inner),
      () => this.#grouped(of(AGGREGATIONS), inner),
      () => this.#grouped(of(AGGREGATIONS), inner),
      () => this.#grouped('quantile', `${between(0, 1)}, ${inner}`),
      () => this.#grouped('quantile', `${this.#parameter(depth)}, ${inner}`),
      () => this.#grouped('count_values', `"${of(['value', 'job', 'v.x'])}", ${this.#wholeNumbers()}`),
      () => this.#grouped('limit_ratio', `${between(-1.1, 1.1)}, ${inner}`),
    ])();
  }

  /** In a range query Prometheus does not mind `@` in the parameter of an aggregation. */
  #parameter(depth: number): string {
    return this.#parts.selectors.withoutAt(() => this.#parts.scalar(depth - 1));
  }

  /** What has the same last digit everywhere, to be the value of a label. */
  #wholeNumbers(): string {
    const { choice, selectors } = this.#parts;
    return choice.of([
      () => selectors.selector(FLOATS),
      () => `changes(${selectors.range(['gauge', 'counter', 'mixed'])})`,
      () => selectors.selector(HISTOGRAMS),
      () => `-(${selectors.selector(['gauge'])})`,
    ])();
  }

  /** Of series that are never equal; how many limitk picks is defined, which ones is not. */
  #ranking(depth: number): string {
    const { choice, selectors } = this.#parts;
    const { of } = choice;
    const inner = of([
      () => selectors.selector(['counter']),
      () => 'temperature_celsius',
      () => `rate(requests_total[${of(['5m', '7m'])}])`,
      () => 'avg_over_time(temperature_celsius[10m])',
      () => '{"http.größe"}',
    ])();
    const count = of(['1', '2', '3', '0', '2.9', '-1', this.#parameter(depth)]);
    return of([
      () => this.#grouped(of(['topk', 'bottomk']), `${count}, ${inner}`),
      () => this.#grouped(of(['topk', 'bottomk']), `${count}, ${inner}`),
      () => `count${of(['', ' by (job)'])}(${this.#grouped('limitk', `${count}, ${inner}`)})`,
    ])();
  }

  #grouped(name: string, args: string): string {
    const { of } = this.#parts.choice;
    const grouping = `${of(['by', 'by', 'without'])} (${of(GROUPINGS)})`;
    return of([`${name}(${args})`, `${name} ${grouping} (${args})`, `${name}(${args}) ${grouping}`]);
  }
}
