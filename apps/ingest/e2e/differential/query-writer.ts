/**
 * Random queries over the whole language that both servers know, made for the data: what stands side by side can
 * mostly be joined, and functions mostly get what they are for. Nothing depends on what is not defined: the order
 * of series in an instant vector, and with it the choice among equals.
 *
 * `@ T60` in a query stands for the time one minute after the start of the data.
 */
import type { Choice } from './choice.ts';
import { ALL, type ExpressionWriter, FLOATS, words } from './expression-writer.ts';
import { FloatWriter } from './float-writer.ts';
import { HistogramWriter } from './histogram-writer.ts';
import { SelectorWriter } from './selector-writer.ts';

/** Metrics with a label that every series has: where it is missing, the order by it is not defined. */
const LABELS_TO_SORT_BY = [
  ['requests_total', 'instance", "code'],
  ['latency_seconds_bucket', 'le'],
  ['temperature_celsius', 'room'],
  ['mixed_kinds', 'kind'],
] as const;

export class QueryWriter implements ExpressionWriter {
  readonly choice: Choice;
  readonly selectors: SelectorWriter;
  readonly #floats: FloatWriter;
  readonly #histograms: HistogramWriter;

  constructor(choice: Choice) {
    this.choice = choice;
    this.selectors = new SelectorWriter(choice);
    this.#floats = new FloatWriter(this);
    this.#histograms = new HistogramWriter(this);
  }

  query(depth: number): string {
    if (this.choice.oneIn(20)) return this.scalar(depth);
    return this.choice.oneIn(3) ? this.histograms(depth) : this.floats(depth);
  }

  /** For instant queries, where it shows. */
  sorted(depth: number): string {
    const { of } = this.choice;
    const [metric, label] = of(LABELS_TO_SORT_BY);
    return of([
      () => `sort(${this.any(depth - 1)})`,
      () => `sort_desc(${this.any(depth - 1)})`,
      () => `sort_by_label(${metric}, "${label}")`,
      () => `sort_by_label_desc(${metric} * 2, "${label}")`,
    ])();
  }

  /** For instant queries, which can answer with samples as they are. */
  samples(depth: number): string {
    if (this.choice.oneIn(2)) return this.selectors.range(ALL);
    return this.selectors.subquery(`(${this.any(depth - 1)})`);
  }

  any(depth: number): string {
    if (depth <= 0) return this.selectors.selector(ALL);
    return this.choice.oneIn(3) ? this.histograms(depth) : this.floats(depth);
  }

  floats(depth: number): string {
    return depth <= 0 ? this.selectors.selector(FLOATS) : this.#floats.floats(depth);
  }

  histograms(depth: number): string {
    return this.#histograms.histograms(depth);
  }

  /** A native histogram's quantile and the like. */
  ofHistograms(depth: number): string {
    return this.#histograms.floatsOf(depth);
  }

  scalar(depth: number): string {
    const { of } = this.choice;
    const inner = (): string => this.scalar(depth - 1);
    const operator = of([...words('+ - * / %'), `${of(words('== != > < >= <='))} bool`]);
    return of([
      () => this.number(),
      () => this.number(),
      () => this.number(),
      () => 'time()',
      () => (depth > 0 ? `(${inner()} ${operator} ${inner()})` : 'pi()'),
      () => (depth > 1 ? `scalar(${this.any(depth - 1)})` : 'scalar(queue_limit{queue="in"})'),
      () => (depth > 0 ? `-(${inner()})` : '-1'),
    ])();
  }

  number(): string {
    const { of, between } = this.choice;
    return of([
      () => String(between(-10, 10)),
      () => String(between(0, 1)),
      () => String(Math.round(between(0, 100))),
      () => of(words('0 1 2 -1 0.5 1e3 0x1F 1m Inf -Inf NaN 1e-3 +2')),
    ])();
  }
}
