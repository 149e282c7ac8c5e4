/**
 * OTLP exports into batches: decoded and translated by one package, checked and looked up by the other as series of
 * remote write are. Slower than the walks of remote write by objects: a few microseconds a data point.
 */
import type { RejectionTally, SampleBatch } from '@promontory/model';
import {
  decodeRequestJson,
  decodeRequestProtobuf,
  type OtlpEncoding,
  type OtlpTranslationOptions,
  type SeriesSink,
  translateRequestInto,
  type TranslationSummary,
} from '@promontory/otlp';
import type { SeriesIntake } from '@promontory/wire';
import type { Warned } from './job-table.ts';

export class OtlpWalk {
  /** Of the export walked last: all that it had, refused or not. */
  dataPoints = 0;
  warnings: readonly Warned[] = [];
  readonly #encoding: OtlpEncoding;
  readonly #intake: SeriesIntake;
  readonly #options: OtlpTranslationOptions;

  /**
   * @param intake may be that of another encoding: series stay known to it whichever their senders use
   * @param options as `otlpTranslationOptions` gives them
   */
  constructor(encoding: OtlpEncoding, intake: SeriesIntake, options: OtlpTranslationOptions) {
    this.#encoding = encoding;
    this.#intake = intake;
    this.#options = options;
  }

  /**
   * Walks a whole export. The batch must be clear; on an error its contents mean nothing.
   *
   * @param bytes the uncompressed body; not kept
   * @param tally receives the data points that cannot be translated, and the samples of series that were refused
   * @param leftOut receives the exemplars, and the samples of `target_info`, that were refused
   * @throws PromontoryError what decoding and translating throw, ERR_WRITE_SAMPLES_MAX, ERR_WRITE_HISTOGRAM_BYTES_MAX
   */
  walk(bytes: Uint8Array, batch: SampleBatch, tally: RejectionTally, leftOut: RejectionTally): void {
    this.dataPoints = 0;
    this.warnings = [];
    const intake = this.#intake;
    const decode = this.#encoding === 'json' ? decodeRequestJson : decodeRequestProtobuf;
    const sink = sinkInto(intake, batch, tally, leftOut);
    const summary = translateRequestInto(decode(bytes), this.#options, sink);
    tally.addAll(summary.rejections);
    this.#count(summary);
    for (const { metricName, type, unit, help } of summary.metadata) {
      intake.addMetadata(metricName, { type, unit, help }, batch);
    }
  }

  #count({ acceptedDataPoints, rejections, warnings }: TranslationSummary): void {
    this.dataPoints = rejections.reduce((sum, { count }) => sum + count, acceptedDataPoints);
    this.warnings = warnings.map(({ category, count }) => ({ category, count }));
  }
}

function sinkInto(
  intake: SeriesIntake,
  batch: SampleBatch,
  tally: RejectionTally,
  leftOut: RejectionTally,
): SeriesSink {
  return {
    addSample: (labels, sample) => intake.addSample(labels, sample, batch, tally),
    addHistogram: (labels, histogram) => intake.addHistogram(labels, histogram, batch, tally),
    // Nobody sent it: no data point is lost when a resource has an attribute that is too long.
    addTargetInfo: (labels, sample) => intake.addSample(labels, sample, batch, leftOut),
    addExemplars: (labels, exemplars) => intake.addExemplars(labels, exemplars, batch, leftOut),
  };
}
