/** Random queries that give native histograms, and floats that are taken from histograms of either kind. */
import {
  AGGREGATIONS,
  ANY_RANGE,
  type ExpressionWriter,
  FLOAT_RANGE,
  HISTOGRAMS,
  operatorOf,
  words,
} from './expression-writer.ts';
import type { FamilyKind } from './metric-families.ts';
import { relabelled } from './relabelled.ts';

const GROUPINGS = ['', '', ' by (job)', ' without (instance)', ' by (kind)', ' by ()'];
const HISTOGRAM_VALUES = words(
  'histogram_count histogram_sum histogram_avg histogram_stddev histogram_stdvar',
);
/** Gauges are left out: their counts, taken for those of a counter, grow from zero all the time. */
const COUNTERS: readonly FamilyKind[] = ['histogram', 'histogram', 'mixed'];

export class HistogramWriter {
  readonly #parts: ExpressionWriter;

  constructor(parts: ExpressionWriter) {
    this.#parts = parts;
  }

  histograms(depth: number): string {
    const { choice, selectors } = this.#parts;
    const { of } = choice;
    if (depth <= 0) return selectors.selector(HISTOGRAMS);
    const inner = (): string => this.histograms(depth - 1);
    return of([
      () => selectors.selector(HISTOGRAMS),
      () => `${of(words('rate increase'))}(${this.#counterRange()})`,
      () => `${of(words('rate increase'))}(${this.#counterRange()})`,
      () => `${of(words('irate delta idelta changes resets'))}(${this.#range(HISTOGRAMS, depth)})`,
      () => `${of(ANY_RANGE)}(${this.#range(HISTOGRAMS, depth)})`,
      () => `${of(FLOAT_RANGE)}(${this.#range(['mixed'], depth)})`,
      () => `${of(words('sum avg'))}${of(GROUPINGS)}(${inner()})`,
      () => `${of(AGGREGATIONS)}${of(GROUPINGS)}(${inner()})`,
      () => `${inner()} ${of(words('+ - == !='))} ${inner()}`,
      () => `${inner()} ${of(words('* /'))} ${this.#factor()}`,
      () => `${this.#factor()} ${operatorOf(choice)} ${inner()}`,
      () => `${inner()} ${operatorOf(choice)} ${this.#parts.floats(depth - 1)}`,
      () => `${inner()} ${of(words('and or unless'))} ${inner()}`,
      () => relabelled(choice, inner()),
      () => `-(${inner()})`,
      () => this.floatsOf(depth),
    ])();
  }

  floatsOf(depth: number): string {
    const { of, between } = this.#parts.choice;
    const inner = (): string => this.histograms(depth - 1);
    const counts = (): string => this.#distributions(depth - 1);
    const scalar = (): string => this.#parts.scalar(depth - 1);
    return of([
      () => `${of(HISTOGRAM_VALUES)}(${inner()})`,
      () => `${of(HISTOGRAM_VALUES)}(${inner()})`,
      () => `histogram_quantile(${between(0, 1)}, ${counts()})`,
      () => `histogram_quantile(${scalar()}, ${counts()})`,
      () => `histogram_fraction(${between(-1, 1)}, ${between(1, 9)}, ${counts()})`,
      () => `histogram_fraction(${scalar()}, ${scalar()}, ${counts()})`,
      () => `histogram_quantile(${between(0, 1)}, ${this.#buckets()})`,
      // Above the first bucket, which Prometheus 3.5 does not look into.
      () => `histogram_fraction(${between(0.1, 1)}, ${between(1, 9)}, ${this.#buckets()})`,
      () => `histogram_quantile(${between(0, 1)}, {__name__=~"both_seconds(_bucket)?"})`,
    ])();
  }

  /** No bucket counts less than nothing: quantiles of such depend in Prometheus on empty buckets. */
  #distributions(depth: number): string {
    const { choice, selectors } = this.#parts;
    const { of, between } = choice;
    if (depth <= 0) return selectors.selector(HISTOGRAMS);
    const inner = (): string => this.#distributions(depth - 1);
    return of([
      () => selectors.selector(HISTOGRAMS),
      () => `${of(words('rate increase'))}(${this.#counterRange()})`,
      () => `irate(${selectors.range(HISTOGRAMS)})`,
      () => `${of(words('avg_over_time sum_over_time last_over_time'))}(${selectors.range(HISTOGRAMS)})`,
      () => `${of(words('sum avg'))}${of(GROUPINGS)}(${inner()})`,
      () => `${inner()} + ${inner()}`,
      () => `${inner()} ${of(words('* /'))} ${between(0.5, 3)}`,
      () => `${inner()} ${of(words('and or unless =='))} ${inner()}`,
      () => relabelled(choice, inner()),
      () => this.#parts.floats(depth),
    ])();
  }

  /** Classic histograms. */
  #buckets(): string {
    const { choice, selectors } = this.#parts;
    const { of } = choice;
    const labels = `le${of(['', ', job', ', instance', ', kind'])}`;
    return of([
      () => selectors.selector(['bucket']),
      () => `rate(${selectors.range(['bucket'])})`,
      () => `sum by (${labels}) (rate(${selectors.range(['bucket'])}))`,
      () => `sum without (job, instance) (${selectors.selector(['bucket'])})`,
    ])();
  }

  /** Of counts as they were written: computed ones can be so small that rates are extrapolated below zero. */
  #counterRange(): string {
    const { choice, selectors } = this.#parts;
    if (!choice.oneIn(5)) return selectors.range(COUNTERS);
    return selectors.subquery(selectors.selector(COUNTERS));
  }

  #range(kinds: readonly FamilyKind[], depth: number): string {
    const { choice, selectors } = this.#parts;
    if (depth <= 1 || !choice.oneIn(4)) return selectors.range(kinds);
    return selectors.subquery(`(${this.histograms(depth - 2)})`);
  }

  /** NaN, and zero divided by zero, would show buckets that nothing is in. */
  #factor(): string {
    const { of, between } = this.#parts.choice;
    return of([String(between(0.5, 3)), `-${between(1, 9)}`, 'scalar(vector(2))', '(time() / 1e9)']);
  }
}
