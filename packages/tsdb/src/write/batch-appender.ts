/** Collects samples, exemplars and metadata in one thread, and hands them to the writer. */
import { assert, PromontoryError } from '@promontory/base';
import {
  allocateSampleBatch,
  encodeHistogram,
  encodeLabelBytes,
  ERR_HISTOGRAM_INVALID,
  type HistogramFault,
  histogramText,
  LabelFingerprint,
  type Labels,
  type MetricMetadata,
  type NativeHistogram,
  reduceToStoredSchema,
  type Rejection,
  RejectionTally,
  SampleBatch,
  validateHistogram,
  walkLabelBytes,
} from '@promontory/model';
import { ERR_TIMESTAMP_INVALID } from '../error-codes.ts';
import { checkExemplar, type Exemplar } from '../exemplars/exemplar-record.ts';
import { checkMetadata } from '../metadata/metadata-record.ts';
import type { TsdbWriter } from '../tsdb-writer.ts';
import { isTimestamp, TIMESTAMPS } from './batch-checks.ts';
import { checkLabels, describeLabels } from './label-checks.ts';
import { LookupClaim } from './lookup-claim.ts';

/** What a batch holds before it is handed over. */
const BATCH_SAMPLES_MAX = 1 << 20;
const BATCH_LABEL_BYTES_MAX = 1 << 26;
const encoder = new TextEncoder();

export interface CommitResult {
  /** Samples now on disk, and those that were there already with the same value. */
  readonly samplesWritten: number;
  /** What was refused and why: samples, exemplars, metadata; empty when all was taken. */
  readonly rejections: readonly Rejection[];
}

/**
 * Collects samples, exemplars and metadata; `commit` stores them, and then they are seen. Samples are decided about in
 * the order in which they were appended.
 *
 * More than 1,048,576 samples are handed to the database in parts. A part may be stored, and seen, with the commit of
 * another appender, before its own.
 *
 * Handing over may happen in any call but `discard`; with more than 1,024 appenders under way, it
 * happens in each. Beside what it says itself, each of these
 * throws what `commit` does (ERR_STORE_CLOSED, ERR_STORE_WRITE, ERR_STORE_READ, ERR_DISK_FULL, ERR_HEAD_FULL,
 * ERR_SAMPLE_RATE, ERR_STORE_FAILED): the appender keeps what it has then, without what it was called with.
 */
export interface Appender {
  /**
   * @param labels the same object for the same series is fastest: its fingerprint is kept
   * @param timestampMs integer milliseconds since the epoch, at most 2^52 either way
   * @param value of a NaN, the bits are kept when it is passed straight from a typed array
   * @param startTimestampMs when what the sample counts began, in the same units; 0 or left out when not known
   * @throws PromontoryError ERR_LABELS_INVALID, ERR_TIMESTAMP_INVALID (bad-data): this sample is not taken
   */
  append(labels: Labels, timestampMs: number, value: number, startTimestampMs?: number): void;
  /**
   * Takes a native histogram. Schemas above 8 are reduced to 8. A series has one sample a timestamp, a float or a
   * histogram.
   *
   * @param histogram copied
   * @throws PromontoryError ERR_LABELS_INVALID, ERR_TIMESTAMP_INVALID, ERR_HISTOGRAM_INVALID (bad-data): this
   *   sample is not taken
   */
  appendHistogram(
    labels: Labels,
    timestampMs: number,
    histogram: NativeHistogram,
    startTimestampMs?: number,
  ): void;
  /**
   * Takes an exemplar of a series, which need not have samples yet. The same one taken twice is stored once.
   *
   * @throws PromontoryError ERR_LABELS_INVALID, ERR_EXEMPLAR_INVALID (bad-data): it is not taken
   */
  appendExemplar(labels: Labels, exemplar: Exemplar): void;
  /**
   * Takes what a writer says about a metric; several may say different things. When as much is stored as may be,
   * `commit` counts it as refused, with ERR_METADATA_MAX.
   *
   * @throws PromontoryError ERR_METADATA_INVALID (bad-data): it is not taken; ERR_STORE_CLOSED
   */
  appendMetadata(metricName: string, metadata: MetricMetadata): void;
  /**
   * Resolves when all of it is on disk, or as safe as the database's `durability` says; the sync to disk happens in
   * the calling thread. The appender is empty then and can be used again.
   *
   * A commit that fails shows none of its samples; series, exemplars and metadata may be there. What was handed over
   * goes first with the next commit of any appender, the rest stays in this one.
   *
   * @throws PromontoryError ERR_STORE_WRITE, ERR_STORE_READ, ERR_DISK_FULL (unavailable), ERR_HEAD_FULL,
   *   ERR_SAMPLE_RATE (overload): it can be tried again; ERR_STORE_FAILED, ERR_STORE_CLOSED (unavailable): it cannot
   */
  commit(): Promise<CommitResult>;
  /**
   * Forgets what was appended since the last commit and not handed over. An appender that is not used any more has to
   * be committed or discarded: until then, or until it is garbage, no series leaves the index. It can be used again.
   */
  discard(): void;
}

interface SeriesIdentity {
  readonly lane0: number;
  readonly lane1: number;
  readonly lane2: number;
  readonly labelBytes: Uint8Array;
}

export class BatchAppender implements Appender {
  readonly #writer: TsdbWriter;
  readonly #fingerprint: LabelFingerprint;
  /** Taken while the batch holds refs. */
  readonly #claim: LookupClaim;
  readonly #batch = new SampleBatch(
    allocateSampleBatch({ samplesMax: BATCH_SAMPLES_MAX, labelBytesMax: BATCH_LABEL_BYTES_MAX }),
  );
  readonly #identities = new WeakMap<Labels, SeriesIdentity>();
  readonly #tally = new RejectionTally();
  readonly #value = new Float64Array(1);
  readonly #valueWords = new Int32Array(this.#value.buffer);
  #written = 0;

  /** @param abandoned releases the claim of an appender that is garbage */
  constructor(writer: TsdbWriter, abandoned: FinalizationRegistry<LookupClaim>) {
    this.#writer = writer;
    this.#fingerprint = new LabelFingerprint(writer.fingerprintKey);
    this.#claim = new LookupClaim(writer.lookupEpochs);
    abandoned.register(this, this.#claim);
  }

  append(labels: Labels, timestampMs: number, value: number, startTimestampMs = 0): void {
    // Before any other use of it: the bits of a NaN may not outlive more than one.
    this.#value[0] = value;
    this.#writer.mustBeOpen();
    checkTimestamp(timestampMs);
    checkTimestamp(startTimestampMs);
    const batch = this.#batch;
    if (batch.sampleCount === batch.samplesCapacity && !batch.tryGrowSamples()) this.#handOver();
    const ref = this.#mustRefOf(this.#identityOf(labels));
    const index = batch.sampleCount++;
    batch.ref[index] = ref;
    batch.timestampMs[index] = timestampMs;
    batch.valueWords[2 * index] = this.#valueWords[0]!;
    batch.valueWords[2 * index + 1] = this.#valueWords[1]!;
    if (startTimestampMs !== 0) batch.setStart(index, startTimestampMs);
    this.#handOverUnclaimed();
  }

  appendHistogram(
    labels: Labels,
    timestampMs: number,
    histogram: NativeHistogram,
    startTimestampMs = 0,
  ): void {
    this.#writer.mustBeOpen();
    checkTimestamp(timestampMs);
    checkTimestamp(startTimestampMs);
    const fault = validateHistogram(histogram);
    if (fault !== null) throw invalidHistogram(labels, histogram, fault);
    const bytes = encodeHistogram(reduceToStoredSchema(histogram));
    const identity = this.#identityOf(labels);
    this.#addWithRoom('a histogram', () =>
      this.#batch.tryAddHistogram(this.#mustRefOf(identity), timestampMs, startTimestampMs, bytes),
    );
    this.#handOverUnclaimed();
  }

  appendExemplar(labels: Labels, exemplar: Exemplar): void {
    this.#writer.mustBeOpen();
    checkExemplar(exemplar);
    const identity = this.#identityOf(labels);
    const { timestampMs, value } = exemplar;
    const labelBytes = encodeLabelBytes(exemplar.labels);
    this.#addWithRoom('an exemplar', () =>
      this.#batch.extras.tryAddExemplar(this.#mustRefOf(identity), timestampMs, value, labelBytes),
    );
    this.#handOverUnclaimed();
  }

  appendMetadata(metricName: string, metadata: MetricMetadata): void {
    this.#writer.mustBeOpen();
    checkMetadata(metricName, metadata);
    const { type, unit, help } = metadata;
    this.#addWithRoom('metadata', () =>
      this.#batch.extras.tryAddMetadata(
        type,
        encoder.encode(metricName),
        encoder.encode(unit),
        encoder.encode(help),
      ),
    );
  }

  commit(): Promise<CommitResult> {
    return new Promise((resolve) => {
      this.#writer.mustBeOpen();
      this.#handOver();
      this.#writer.commit();
      const result = { samplesWritten: this.#written, rejections: this.#tally.toArray() };
      this.#written = 0;
      this.#tally.clear();
      resolve(result);
    });
  }

  discard(): void {
    this.#batch.clear();
    this.#tally.clear();
    this.#written = 0;
    this.#claim.release();
  }

  /** The batch goes to the writer; it becomes durable with the commit. */
  #handOver(): void {
    if (!this.#batch.isEmpty || this.#batch.newSeriesCount > 0) {
      this.#written += this.#writer.append(this.#batch, this.#tally).samples;
      this.#batch.clear();
    }
    this.#claim.release();
  }

  /** @param tryAdd false when the batch has no room */
  #addWithRoom(what: string, tryAdd: () => boolean): void {
    if (tryAdd()) return;
    this.#handOver();
    assert(tryAdd(), `an empty batch has room for ${what}`);
  }

  /** With more appenders under way than slots, a batch must not keep refs between calls, whether they fail or not. */
  #handOverUnclaimed(): void {
    if (this.#claim.isTaken) return;
    try {
      this.#handOver();
    } catch (error) {
      this.#batch.clear();
      throw error;
    }
  }

  #find({ lane0, lane1, lane2 }: SeriesIdentity): number {
    return this.#writer.fingerprintTable.find(lane0, lane1, lane2);
  }

  /** The ref of the series for the batch, which is handed over first when it has no room for a new series. */
  #mustRefOf(identity: SeriesIdentity): number {
    const ref = this.#refOf(identity);
    if (ref !== 0) return ref;
    this.#handOver();
    const refAfterAll = this.#refOf(identity);
    assert(refAfterAll !== 0, 'an empty batch has room for a series');
    return refAfterAll;
  }

  #refOf(identity: SeriesIdentity): number {
    // Before the lookup: until the batch is handed over, its refs must stay valid.
    this.#claim.tryTake();
    const known = this.#find(identity);
    const { lane0, lane1, lane2, labelBytes } = identity;
    return known !== 0 ? known : this.#batch.addNewSeries(lane0, lane1, lane2, labelBytes);
  }

  #identityOf(labels: Labels): SeriesIdentity {
    let identity = this.#identities.get(labels);
    if (identity === undefined) {
      identity = this.#identify(labels);
      this.#identities.set(labels, identity);
    }
    return identity;
  }

  #identify(labels: Labels): SeriesIdentity {
    checkLabels(labels, this.#writer.limits);
    const labelBytes = encodeLabelBytes(labels);
    const view = new DataView(labelBytes.buffer, labelBytes.byteOffset, labelBytes.byteLength);
    this.#fingerprint.reset();
    walkLabelBytes(labelBytes, 0, labelBytes.length, (span) =>
      this.#fingerprint.add(view, span.messageStart, span.valueEnd),
    );
    const { lane0, lane1, lane2 } = this.#fingerprint;
    return { lane0, lane1, lane2, labelBytes };
  }
}

function checkTimestamp(timestampMs: number): void {
  if (isTimestamp(timestampMs)) return;
  throw new PromontoryError(`cannot append sample: timestamp ${timestampMs}, want ${TIMESTAMPS}`, {
    code: ERR_TIMESTAMP_INVALID,
    kind: 'bad-data',
  });
}

function invalidHistogram(
  labels: Labels,
  histogram: NativeHistogram,
  fault: HistogramFault,
): PromontoryError {
  return new PromontoryError(
    `cannot append sample of ${describeLabels(labels)}: the histogram ${fault.text}; ${histogramText(histogram)}`,
    { code: ERR_HISTOGRAM_INVALID, kind: 'bad-data', context: { reason: fault.reason } },
  );
}
