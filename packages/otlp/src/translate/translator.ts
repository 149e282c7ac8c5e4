/**
 * An OTLP export as Prometheus series: what Prometheus's own receiver makes of it, but that what cannot be
 * translated is refused by itself and counted.
 */
import { unreachable } from '@promontory/base';
import { type Labels, RejectionTally } from '@promontory/model';
import { ERR_OTLP_METRIC_NAME, ERR_OTLP_TEMPORALITY } from '../error-codes.ts';
import { metricNameOf } from '../names/metric-name.ts';
import { unitName } from '../names/unit-names.ts';
import type { OtlpMetric, OtlpMetricData, OtlpRequest, OtlpResourceMetrics } from '../request.ts';
import { LabelBuilder } from './label-builder.ts';
import { namingOf, type OtlpTranslationOptions, otlpTranslationOptions } from './options.ts';
import { PointWriter } from './point-writer.ts';
import { quoted, Refusal } from './refusal.ts';
import { SeriesCollector } from './series-collector.ts';
import {
  TARGET_INFO,
  targetInfoLabels,
  targetInfoTimes,
  type TimeRange,
  timeRangeOf,
} from './target-info.ts';
import type {
  OtlpWarningCategory,
  TranslatedMetadata,
  Translation,
  TranslationWarning,
} from './translation.ts';

/**
 * @param request not changed
 * @param options Prometheus's defaults where none is given
 * @returns objects that the caller owns
 * @throws PromontoryError ERR_OTLP_OPTIONS_INVALID (bad-data), ERR_OTLP_SAMPLES_MAX (too-large)
 */
export function translateRequest(
  request: OtlpRequest,
  options: Partial<OtlpTranslationOptions> = {},
): Translation {
  const translator = new RequestTranslator(otlpTranslationOptions(options));
  for (const resource of request.resources) translator.addResource(resource);
  return translator.finish();
}

class RequestTranslator {
  readonly #options: OtlpTranslationOptions;
  readonly #collector: SeriesCollector;
  readonly #labelBuilder: LabelBuilder;
  readonly #writer: PointWriter;
  readonly #rejections = new RejectionTally();
  readonly #warnings = new RejectionTally();
  readonly #metadata = new Map<string, TranslatedMetadata>();
  /** By the key of their labels: resources may share a `target_info`. */
  readonly #targetInfoTimes = new Map<string, Set<number>>();
  #acceptedDataPoints = 0;
  /** Of the metric that is translated, as it was sent. */
  #sentName = '';

  constructor(options: OtlpTranslationOptions) {
    this.#options = options;
    this.#collector = new SeriesCollector(options.limits);
    this.#labelBuilder = new LabelBuilder(options, (label) =>
      this.#warn(
        'label_name_collision',
        () => `several attributes of ${quoted(this.#sentName)} become label ${quoted(label)}`,
      ),
    );
    this.#writer = new PointWriter(
      this.#labelBuilder,
      this.#collector,
      options.limits.bucketsMax,
      (category) => this.#warn(category, () => `metric ${quoted(this.#sentName)}`),
    );
  }

  addResource(resource: OtlpResourceMetrics): void {
    const resourceRefusal = this.#labelBuilder.enterResource(resource);
    for (const scope of resource.scopes) {
      const refusal = resourceRefusal ?? this.#labelBuilder.enterScope(scope);
      for (const metric of scope.metrics) {
        this.#sentName = metric.name;
        if (refusal === null) this.#addMetric(metric);
        else this.#refuse(refusal, metric.data?.points.length ?? 0);
      }
    }
    const timeRange = timeRangeOf(resource.scopes.flatMap((scope) => scope.metrics));
    if (resourceRefusal === null && timeRange !== null) this.#addTargetInfo(resource, timeRange);
  }

  finish(): Translation {
    return {
      series: this.#collector.toArray(),
      metadata: [...this.#metadata.values()],
      rejections: this.#rejections.toArray(),
      warnings: this.#warnings.toArray().map(({ code, count, example }): TranslationWarning => ({
        category: code as OtlpWarningCategory,
        count,
        example,
      })),
      acceptedDataPoints: this.#acceptedDataPoints,
    };
  }

  #addMetric(metric: OtlpMetric): void {
    const { data } = metric;
    if (data === null || data.points.length === 0) {
      this.#warn('empty_data_points', () => `metric ${quoted(this.#sentName)}`);
      return;
    }
    if ('temporality' in data && data.temporality !== 'cumulative') {
      const why = `its aggregation temporality is ${data.temporality}, want cumulative`;
      this.#refuse(new Refusal(ERR_OTLP_TEMPORALITY, why), data.points.length);
      return;
    }
    const isCounter = data.kind === 'sum' && data.isMonotonic;
    const metricName = metricNameOf(
      { name: metric.name, unit: metric.unit, isCounter, isGauge: data.kind === 'gauge' },
      namingOf(this.#options.translationStrategy),
    );
    if (metricName === null) {
      this.#refuse(new Refusal(ERR_OTLP_METRIC_NAME, 'nothing is left of its name'), data.points.length);
      return;
    }
    this.#writer.metricName = metricName;
    if (this.#writePoints(data) === 0) return;
    this.#addMetadata({
      metricName,
      type: typeOf(data),
      unit: unitName(metric.unit),
      help: metric.description,
    });
  }

  /** @returns how many were accepted */
  #writePoints(data: OtlpMetricData): number {
    const writer = this.#writer;
    switch (data.kind) {
      case 'gauge':
        return this.#writeEach(data.points, (point) => writer.writeGauge(point));
      case 'sum':
        return this.#writeEach(data.points, (point) => writer.writeSum(point));
      case 'histogram':
        return this.#options.convertHistogramsToNhcb
          ? this.#writeEach(data.points, (point) => writer.writeCustomBucketsHistogram(point))
          : this.#writeEach(data.points, (point) => writer.writeHistogram(point));
      case 'exponential-histogram':
        return this.#writeEach(data.points, (point) => writer.writeExponentialHistogram(point));
      case 'summary':
        return this.#writeEach(data.points, (point) => writer.writeSummary(point));
      default:
        return unreachable(data);
    }
  }

  #writeEach<Point>(points: readonly Point[], write: (point: Point) => Refusal | null): number {
    let accepted = 0;
    for (const point of points) {
      const refusal = write(point);
      if (refusal === null) accepted++;
      else this.#refuse(refusal, 1);
    }
    this.#acceptedDataPoints += accepted;
    return accepted;
  }

  #addTargetInfo(resource: OtlpResourceMetrics, timeRange: TimeRange): void {
    this.#sentName = TARGET_INFO;
    const labels = targetInfoLabels(resource, this.#labelBuilder);
    if (labels === null) return;
    if (labels instanceof Refusal) {
      this.#warn('target_info_dropped', () => `a resource: ${labels.why}`);
      return;
    }
    const { timestampsMs, isShortened } = targetInfoTimes(timeRange, this.#options.lookbackDeltaMs);
    if (isShortened) {
      const { earliestMs, latestMs } = timeRange;
      this.#warn(
        'target_info_shortened',
        () => `data points of ${labels.get('job')} from ${earliestMs} to ${latestMs} ms`,
      );
    }
    const written = this.#writtenTimes(labels);
    for (const timestampMs of timestampsMs) {
      if (written.has(timestampMs)) continue;
      written.add(timestampMs);
      this.#collector.addSample(labels, { timestampMs, value: 1, startTimestampMs: 0, isStale: false });
    }
    this.#addMetadata({ metricName: TARGET_INFO, type: 'gauge', unit: '', help: 'Target metadata' });
  }

  #writtenTimes(labels: Labels): Set<number> {
    const { key } = labels;
    const times = this.#targetInfoTimes.get(key) ?? new Set<number>();
    this.#targetInfoTimes.set(key, times);
    return times;
  }

  #addMetadata(metadata: TranslatedMetadata): void {
    const { metricName, type, unit, help } = metadata;
    this.#metadata.set(JSON.stringify([metricName, type, unit, help]), metadata);
  }

  #refuse({ code, why }: Refusal, dataPoints: number): void {
    if (dataPoints > 0)
      this.#rejections.add(code, dataPoints, () => `metric ${quoted(this.#sentName)}: ${why}`);
  }

  #warn(category: OtlpWarningCategory, describe: () => string): void {
    this.#warnings.add(category, 1, describe);
  }
}

function typeOf(data: OtlpMetricData): TranslatedMetadata['type'] {
  switch (data.kind) {
    case 'gauge':
      return 'gauge';
    case 'sum':
      return data.isMonotonic ? 'counter' : 'gauge';
    case 'summary':
      return 'summary';
    case 'histogram':
    case 'exponential-histogram':
      return 'histogram';
    default:
      return unreachable(data);
  }
}
