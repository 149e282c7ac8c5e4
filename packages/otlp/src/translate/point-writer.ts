/** Writes the series of one data point; a kind of data a method. A point that is refused writes nothing. */
import { type Labels, METRIC_NAME } from '@promontory/model';
import { ERR_OTLP_TIMESTAMP } from '../error-codes.ts';
import { boundText } from '../names/bound-text.ts';
import type {
  OtlpExemplar,
  OtlpExponentialPoint,
  OtlpHistogramPoint,
  OtlpNumberPoint,
  OtlpSummaryPoint,
} from '../request.ts';
import { translateExemplars } from './exemplars.ts';
import type { LabelBuilder } from './label-builder.ts';
import { customBucketsHistogram, exponentialHistogram, tooManyBuckets } from './native-histograms.ts';
import { Refusal } from './refusal.ts';
import type { SeriesSink } from './series-sink.ts';
import type { OtlpWarningCategory, TranslatedExemplar, TranslatedHistogram } from './translation.ts';

interface TimedPoint {
  readonly timestampMs: number;
  readonly startTimestampMs: number;
  readonly isStale: boolean;
}

type AttributedPoint = Pick<OtlpNumberPoint, 'attributes' | 'timestampMs'>;

export type WarningListener = (category: OtlpWarningCategory) => void;

export class PointWriter {
  readonly #labelBuilder: LabelBuilder;
  readonly #sink: SeriesSink;
  readonly #bucketsMax: number;
  readonly #onWarning: WarningListener;
  /** Of the metric whose points come. */
  metricName = '';

  constructor(labelBuilder: LabelBuilder, sink: SeriesSink, bucketsMax: number, onWarning: WarningListener) {
    this.#labelBuilder = labelBuilder;
    this.#sink = sink;
    this.#bucketsMax = bucketsMax;
    this.#onWarning = onWarning;
  }

  writeGauge(point: OtlpNumberPoint): Refusal | null {
    const labels = this.#seriesLabels(point);
    if (labels instanceof Refusal) return labels;
    this.#addSample(labels, point, point.value);
    return null;
  }

  writeSum(point: OtlpNumberPoint): Refusal | null {
    const labels = this.#seriesLabels(point);
    if (labels instanceof Refusal) return labels;
    this.#addSample(labels, point, point.value);
    this.#sink.addExemplars(labels, this.#exemplars(point));
    return null;
  }

  writeExponentialHistogram(point: OtlpExponentialPoint): Refusal | null {
    const histogram = exponentialHistogram(point, this.#bucketsMax);
    return histogram instanceof Refusal ? histogram : this.#addHistogram(point, histogram);
  }

  writeCustomBucketsHistogram(point: OtlpHistogramPoint): Refusal | null {
    const histogram = customBucketsHistogram(point, this.#bucketsMax);
    return histogram instanceof Refusal ? histogram : this.#addHistogram(point, histogram);
  }

  /** As series of cumulative buckets. A point without a sum has no series of it. */
  writeHistogram(point: OtlpHistogramPoint): Refusal | null {
    const { bucketCounts, explicitBounds } = point;
    if (bucketCounts.length > this.#bucketsMax) return tooManyBuckets(bucketCounts.length, this.#bucketsMax);
    const labels = this.#pointLabels(point, 'le');
    if (labels instanceof Refusal) return labels;
    if (point.sum !== null) this.#addSample(this.#named(labels, '_sum'), point, point.sum);
    this.#addSample(this.#named(labels, '_count'), point, point.count);
    const bucketLabels = this.#named(labels, '_bucket');
    // The last bucket is that of +Inf, whether its bound is listed or not.
    const boundCount = Math.min(explicitBounds.length, bucketCounts.length);
    const seriesOfBuckets: Labels[] = [];
    let cumulative = 0;
    for (let at = 0; at < boundCount; at++) {
      const bound = explicitBounds[at]!;
      if (bound === Number.POSITIVE_INFINITY) break;
      cumulative += bucketCounts[at]!;
      const series = bucketLabels.with('le', boundText(bound));
      this.#addSample(series, point, cumulative);
      seriesOfBuckets.push(series);
    }
    const lastSeries = bucketLabels.with('le', '+Inf');
    this.#addSample(lastSeries, point, point.count);
    for (const exemplar of this.#exemplars(point)) {
      const bucket = seriesOfBuckets[bucketOf(exemplar.value, explicitBounds)] ?? lastSeries;
      this.#sink.addExemplars(bucket, [exemplar]);
    }
    return null;
  }

  writeSummary(point: OtlpSummaryPoint): Refusal | null {
    const { quantiles } = point;
    if (quantiles.length > this.#bucketsMax) return tooManyBuckets(quantiles.length, this.#bucketsMax);
    const labels = this.#pointLabels(point, quantiles.length > 0 ? 'quantile' : null);
    if (labels instanceof Refusal) return labels;
    this.#addSample(this.#named(labels, '_sum'), point, point.sum);
    this.#addSample(this.#named(labels, '_count'), point, point.count);
    const quantileLabels = this.#named(labels, '');
    for (const { quantile, value } of quantiles) {
      this.#addSample(quantileLabels.with('quantile', boundText(quantile)), point, value);
    }
    return null;
  }

  #addHistogram(
    point: OtlpExponentialPoint | OtlpHistogramPoint,
    histogram: TranslatedHistogram['histogram'],
  ): Refusal | null {
    const labels = this.#seriesLabels(point);
    if (labels instanceof Refusal) return labels;
    const { timestampMs } = point;
    this.#sink.addHistogram(labels, { timestampMs, startTimestampMs: startOf(point), histogram });
    this.#sink.addExemplars(labels, this.#exemplars(point));
    if (histogram.count === 0 && histogram.sum !== 0 && !histogram.isStale) {
      this.#onWarning('histogram_zero_count_non_zero_sum');
    }
    return null;
  }

  #addSample(labels: Labels, point: TimedPoint, value: number): void {
    const { timestampMs, isStale } = point;
    const startTimestampMs = startOf(point);
    const sample = { timestampMs, value: isStale ? Number.NaN : value, startTimestampMs, isStale };
    this.#sink.addSample(labels, sample);
  }

  #exemplars(point: TimedPoint & { readonly exemplars: readonly OtlpExemplar[] }): TranslatedExemplar[] {
    return translateExemplars(point.exemplars, point.timestampMs, () => this.#onWarning('exemplar_dropped'));
  }

  #seriesLabels(point: AttributedPoint): Labels | Refusal {
    const labels = this.#pointLabels(point, null);
    return labels instanceof Refusal ? labels : this.#named(labels, '');
  }

  #pointLabels(point: AttributedPoint, added: 'le' | 'quantile' | null): Labels | Refusal {
    if (point.timestampMs === 0) return new Refusal(ERR_OTLP_TIMESTAMP, 'a data point has no time');
    return this.#labelBuilder.pointLabels(point.attributes, added);
  }

  #named(labels: Labels, suffix: string): Labels {
    return labels.with(METRIC_NAME, this.metricName + suffix);
  }
}

/** @returns 0 for a start after the point itself, which says nothing: the sample is worth more than its start */
function startOf({ timestampMs, startTimestampMs }: TimedPoint): number {
  return startTimestampMs > timestampMs ? 0 : startTimestampMs;
}

/** @returns the index of the first bound that is not below the value; as many as there are bounds when all are */
function bucketOf(value: number, ascendingBounds: readonly number[]): number {
  let low = 0;
  let high = ascendingBounds.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (value <= ascendingBounds[middle]!) high = middle;
    else low = middle + 1;
  }
  return low;
}
