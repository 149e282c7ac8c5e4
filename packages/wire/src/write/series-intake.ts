// WARM PATH: about 1.3 µs a sample of a series of nine labels that is remembered, 2.8 µs another; series-intake.bench.ts.
/**
 * Samples whose labels and values are there as objects into a batch: what is decoded of other protocols goes through the
 * same checks of labels, the same lookup and the same bounds as remote write. A series is looked up first, so that nothing
 * of one that is refused gets into the batch.
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
export interface SampleObject {
  readonly timestampMs: number;
  /** Not looked at when `isStale`; every other NaN is stored with the same bits. */
  readonly value: number;
  readonly startTimestampMs: number;
  readonly isStale: boolean;
}

export interface HistogramObject {
  readonly timestampMs: number;
  readonly startTimestampMs: number;
  /** Valid, of a schema that is stored. */
  readonly histogram: NativeHistogram;
}

export interface ExemplarObject {
  readonly labels: Labels;
  readonly timestampMs: number;
  readonly value: number;
}

const encoder = new TextEncoder();

/** Each of its methods throws ERR_WRITE_SAMPLES_MAX or ERR_WRITE_HISTOGRAM_BYTES_MAX when the batch has no room. */
export class SeriesIntake {
  readonly #scan = new ProtobufScan();
  readonly #resolver: SeriesResolver;
  readonly #exemplarLabels: SeriesLabels;
  readonly #messages = new LabelMessages();
  /** One more than may be, so that what is too long stays too long. */
  readonly #charactersMax: number;
  readonly #hash: RunHash;
  readonly #known = new RunTable();
  readonly #double = new Float64Array(1);
  readonly #words = new Int32Array(this.#double.buffer);

  /** @param fingerprintKey the database's own three words */
  constructor(fingerprintKey: Int32Array, lookup: SeriesLookup, limits: SeriesLabelLimits) {
    this.#resolver = new SeriesResolver(fingerprintKey, lookup, limits, this.#scan);
    this.#exemplarLabels = new SeriesLabels(limits, this.#scan, false);
    this.#charactersMax = Math.max(limits.labelNameBytesMax, limits.labelValueBytesMax) + 1;
    this.#hash = new RunHash(fingerprintKey);
  }

  /** Looks every series up again, because refs that were found before may be gone. */
  forgetSeries(): void {
    this.#known.clear();
  }

  /** @param tally receives the sample when its series is refused */
  addSample(labels: Labels, sample: SampleObject, batch: SampleBatch, tally: RejectionTally): void {
    const ref = this.#refOf(labels, 1, batch, tally);
    if (ref === 0) return;
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

  /** @param tally receives the histogram when its series is refused */
  addHistogram(
    labels: Labels,
    { timestampMs, startTimestampMs, histogram }: HistogramObject,
    batch: SampleBatch,
    tally: RejectionTally,
  ): void {
    const ref = this.#refOf(labels, 1, batch, tally);
    if (ref === 0) return;
    const bytes = encodeHistogram(histogram);
    const isTaken = batch.tryAddHistogram(ref, timestampMs, startTimestampMs, bytes);
    if (!isTaken) failHistogramsMax(batch, bytes.length);
  }

  /** @param leftOut receives those that are refused, by themselves or with their series */
  addExemplars(
    labels: Labels,
    exemplars: readonly ExemplarObject[],
    batch: SampleBatch,
    leftOut: RejectionTally,
  ): void {
    if (exemplars.length === 0) return;
    const ref = this.#refOf(labels, exemplars.length, batch, leftOut);
    if (ref === 0) return;
    for (const exemplar of exemplars) this.#addExemplar(ref, labels, exemplar, batch, leftOut);
  }

  addMetadata(metricName: string, { type, unit, help }: MetricMetadata, batch: SampleBatch): void {
    const isTaken = batch.extras.tryAddMetadata(
      type,
      encoder.encode(metricName),
      encoder.encode(unit),
      encoder.encode(help),
    );
    if (!isTaken) failExtrasMax(batch);
  }

  /** @returns a ref (of either sign), or 0 when the series is refused with so many samples or exemplars */
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
    { labels, timestampMs, value }: ExemplarObject,
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
    const end = this.#messages.write(labels, this.#charactersMax);
    this.#scan.bytes = this.#messages.bytes;
    return end;
  }
}
