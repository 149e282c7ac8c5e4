/** Warnings and infos of a query, in Prometheus's words, each once, with the position they are about. */
import { formatPosition, type PositionRange } from '../ast/position.ts';
import { formatGoG } from './format-float.ts';
import { quoteString } from '../parser/string-literal.ts';

export class Annotations {
  readonly #text: string;
  readonly #warnings = new Set<string>();
  readonly #infos = new Set<string>();

  /** @param text the query that positions refer to */
  constructor(text: string) {
    this.#text = text;
  }

  get warnings(): string[] {
    return [...this.#warnings];
  }

  get infos(): string[] {
    return [...this.#infos];
  }

  invalidQuantile(quantile: number, position: PositionRange): void {
    this.#warn(`quantile value should be between 0 and 1, got ${formatGoG(quantile)}`, position);
  }

  badBucketLabel(metricName: string, labelValue: string, position: PositionRange): void {
    this.#warn(
      `bucket label "le" is missing or has a malformed value of ${quoteString(labelValue)}${forMetric(metricName)}`,
      position,
    );
  }

  ineffectiveSort(position: PositionRange): void {
    this.#warn('sort is ineffective for range queries since results are always ordered by labels', position);
  }

  possibleNonCounter(metricName: string, position: PositionRange): void {
    this.#inform(
      `metric might not be a counter, name does not end in _total/_sum/_count/_bucket: ${quoteString(metricName)}`,
      position,
    );
  }

  forcedMonotonicity(metricName: string, position: PositionRange): void {
    this.#inform(
      'input to histogram_quantile needed to be fixed for monotonicity (see ' +
        'https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)' +
        forMetric(metricName),
      position,
    );
  }

  #warn(sentence: string, position: PositionRange): void {
    this.#warnings.add(`PromQL warning: ${sentence} (${formatPosition(this.#text, position.start)})`);
  }

  #inform(sentence: string, position: PositionRange): void {
    this.#infos.add(`PromQL info: ${sentence} (${formatPosition(this.#text, position.start)})`);
  }
}

function forMetric(metricName: string): string {
  return metricName === '' ? '' : ` for metric name ${quoteString(metricName)}`;
}
