// WARM PATH: about 1.2 µs a series of nine labels that is remembered, 2.6 µs another; series-intake.bench.ts.
/**
 * Series that are there as objects into a batch: what is decoded of other protocols goes through the same checks of
 * labels, the same lookup and the same bounds as remote write. Each series is looked up first, so that nothing of one
 * that is refused gets into the batch.
 */
import {
  encodeHistogram,
  type Labels,
  type MetricMetadata,
  type NativeHistogram,
  NORMAL_NAN_HIGH_WORD,
  NORMAL_NAN_LOW_WORD,
  type RejectionTally,
  type SampleBatch,
  setStaleAt,
} from '@promontory/model';
import { ProtobufScan } from '../protobuf-scan.ts';
import { failExtrasMax, failHistogramsMax, failSamplesMax } from './batch-room.ts';
import { LabelMessages } from './label-messages.ts';
import { RunHash } from './run-hash.ts';
import { RunTable } from './run-table.ts';
import { type SeriesLabelLimits, SeriesLabels } from './series-labels.ts';
import { type SeriesLookup, SeriesResolver } from './series-resolver.ts';

/** Start timestamps are in ms, 0 when not known. */
export interface SeriesObject {
  readonly labels: Labels;
  readonly samples: readonly {
    readonly timestampMs: number;
    /** Not looked at when `isStale`; every other NaN is stored with the same bits. */
    readonly value: number;
    readonly startTimestampMs: number;
    readonly isStale: boolean;
  }[];
  readonly histograms: readonly {
    readonly timestampMs: number;
    readonly startTimestampMs: number;
    /** Valid, of a schema that is stored. */
    readonly histogram: NativeHistogram;
  }[];
  readonly exemplars: readonly {
    readonly labels: Labels;
    readonly timestampMs: number;
    readonly value: number;
  }[];
}

/** What is kept of an overlong buffer between requests would be kept for good. */
const LABEL_BYTES_KEPT_MAX = 1 << 20;
const encoder = new TextEncoder();

export class SeriesIntake {
  readonly #scan = new ProtobufScan();
  readonly #resolver: SeriesResolver;
  readonly #exemplarLabels: SeriesLabels;
  readonly #hash: RunHash;
  readonly #known = new RunTable();
  readonly #double = new Float64Array(1);
  readonly #words = new Int32Array(this.#double.buffer);
  #messages = new LabelMessages();

  /** @param fingerprintKey the database's own three words */
  constructor(fingerprintKey: Int32Array, lookup: SeriesLookup, limits: SeriesLabelLimits) {
    this.#resolver = new SeriesResolver(fingerprintKey, lookup, limits, this.#scan);
    this.#exemplarLabels = new SeriesLabels(limits, this.#scan, false);
    this.#hash = new RunHash(fingerprintKey);
  }

  /** Looks every series up again, because refs that were found before may be gone. */
  forgetSeries(): void {
    this.#known.clear();
  }

  /**
   * Adds a series with all that it has.
   *
   * @param tally receives the samples and histograms of a series that is refused
   * @param leftOut receives the exemplars that are refused; those of a series that is refused are not counted
   * @throws PromontoryError ERR_WRITE_SAMPLES_MAX, ERR_WRITE_HISTOGRAM_BYTES_MAX: the batch means nothing then
   */
  addSeries(series: SeriesObject, batch: SampleBatch, tally: RejectionTally, leftOut: RejectionTally): void {
    const { labels, samples, histograms, exemplars } = series;
    const count = samples.length + histograms.length;
    const ref = this.#refOf(labels, Math.max(1, count), batch, tally);
    if (ref !== 0) {
      for (const sample of samples) this.#addSample(ref, sample, batch);
      for (const { timestampMs, startTimestampMs, histogram } of histograms) {
        const bytes = encodeHistogram(histogram);
        const isTaken = batch.tryAddHistogram(ref, timestampMs, startTimestampMs, bytes);
        if (!isTaken) failHistogramsMax(batch, bytes.length);
      }
      for (const exemplar of exemplars) this.#addExemplar(ref, labels, exemplar, batch, leftOut);
    }
    if (this.#messages.bytes.length > LABEL_BYTES_KEPT_MAX) this.#messages = new LabelMessages();
  }

  /** @throws PromontoryError ERR_WRITE_SAMPLES_MAX */
  addMetadata(metricName: string, { type, unit, help }: MetricMetadata, batch: SampleBatch): void {
    const isTaken = batch.extras.tryAddMetadata(
      type,
      encoder.encode(metricName),
      encoder.encode(unit),
      encoder.encode(help),
    );
    if (!isTaken) failExtrasMax(batch);
  }

  /** @returns a ref (of either sign), or 0 when the series is refused with so many samples */
  #refOf(labels: Labels, count: number, batch: SampleBatch, tally: RejectionTally): number {
    const end = this.#write(labels);
    this.#hash.hashAny(this.#messages.view, 0, end);
    const { lanes } = this.#hash;
    const known = this.#known;
    if (known.isExpected(lanes)) return known.takeExpected();
    const found = known.find(lanes);
    if (found !== 0) return found;
    const areRead = this.#resolver.labels.tryRead(0, end);
    const ref = this.#resolver.resolve(areRead, count, batch, tally);
    if (ref > 0) {
      known.reserve();
      known.add(lanes, ref, 0, 0);
    }
    return ref;
  }

  #addSample(ref: number, sample: SeriesObject['samples'][number], batch: SampleBatch): void {
    const index = batch.sampleCount;
    if (index === batch.samplesCapacity && !batch.tryGrowSamples()) failSamplesMax(batch);
    const { timestampMs, value, startTimestampMs, isStale } = sample;
    batch.sampleCount = index + 1;
    batch.ref[index] = ref;
    batch.timestampMs[index] = timestampMs;
    if (isStale) setStaleAt(batch.valueWords, index);
    else this.#setValue(batch.valueWords, index, value);
    if (startTimestampMs !== 0) batch.setStart(index, startTimestampMs);
  }

  /** The bits of a NaN that was a number for a while are not defined: one that is sent again must be the same. */
  #setValue(valueWords: Int32Array, index: number, value: number): void {
    this.#double[0] = value;
    const isNumber = !Number.isNaN(value);
    valueWords[2 * index] = isNumber ? this.#words[0]! : NORMAL_NAN_LOW_WORD;
    valueWords[2 * index + 1] = isNumber ? this.#words[1]! : NORMAL_NAN_HIGH_WORD;
  }

  #addExemplar(
    ref: number,
    series: Labels,
    { labels, timestampMs, value }: SeriesObject['exemplars'][number],
    batch: SampleBatch,
    leftOut: RejectionTally,
  ): void {
    const read = this.#exemplarLabels;
    if (!read.tryRead(0, this.#write(labels))) {
      const { refusalCode, refusalDetail } = read;
      leftOut.add(refusalCode, 1, () => {
        const exemplar = read.describe();
        this.#resolver.labels.tryRead(0, this.#write(series));
        return `the exemplar ${exemplar} of series ${this.#resolver.labels.describe()} ${refusalDetail}`;
      });
      return;
    }
    const labelBytes = read.canonical.subarray(0, read.canonicalLength);
    if (!batch.extras.tryAddExemplar(ref, timestampMs, value, labelBytes)) failExtrasMax(batch);
  }

  /** As the scan's bytes. @returns where they end */
  #write(labels: Labels): number {
    const end = this.#messages.write(labels);
    this.#scan.bytes = this.#messages.bytes;
    return end;
  }
}
