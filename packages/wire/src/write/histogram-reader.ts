// WARM PATH: about 2.6 µs a histogram of twenty buckets with its bytes, nothing allocated a bucket; write-walk.bench.ts.
/**
 * Reads the Histogram message of remote write (prometheus.Histogram, types.proto; 2.0 has the same and one field more)
 * into the model's form.
 *
 * Fields may come in any order; of a field that comes twice the last value counts, and repeated fields, packed or
 * not, go on where they stopped. Bucket counts of integer histograms travel as differences from the bucket before,
 * those of float histograms as they are; which of the two a histogram is, its count says. Numbers beyond 2^53 are
 * rounded, which no check depends on: the counts that they make are above the bound, or negative, all the same.
 */
import {
  COUNTER_RESET_HINTS,
  type CounterResetHint,
  HISTOGRAM_BUCKETS_MAX,
  type HistogramBuckets,
  type NativeHistogram,
  STALE_NAN_HIGH_WORD,
  STALE_NAN_LOW_WORD,
  staleHistogram,
  validateHistogram,
} from '@promontory/model';
import { type ProtobufScan, WIRE_FIXED64, WIRE_LENGTH_DELIMITED, WIRE_VARINT } from '../protobuf-scan.ts';
import { BoundedColumn } from './bounded-column.ts';

const COUNT_INTEGER = 1;
const COUNT_FLOAT = 2;
const SUM = 3;
const SCHEMA = 4;
const ZERO_THRESHOLD = 5;
const ZERO_COUNT_INTEGER = 6;
const ZERO_COUNT_FLOAT = 7;
const NEGATIVE_SPANS = 8;
const NEGATIVE_DELTAS = 9;
const NEGATIVE_COUNTS = 10;
const POSITIVE_SPANS = 11;
const POSITIVE_DELTAS = 12;
const POSITIVE_COUNTS = 13;
const RESET_HINT = 14;
const TIMESTAMP = 15;
const CUSTOM_VALUES = 16;
/** In remote write 2.0 only. */
const START_TIMESTAMP = 17;
const TAG_SPAN_OFFSET = (1 << 3) | WIRE_VARINT;
const TAG_SPAN_LENGTH = (2 << 3) | WIRE_VARINT;

const doubles = (length: number): Float64Array<ArrayBuffer> => new Float64Array(length);

/** The buckets of one sign as they come. */
class BucketColumns {
  readonly offsets = new BoundedColumn(HISTOGRAM_BUCKETS_MAX, (length) => new Int32Array(length));
  readonly lengths = new BoundedColumn(HISTOGRAM_BUCKETS_MAX, (length) => new Uint32Array(length));
  /** Of an integer histogram, sums of the differences. */
  readonly wholeCounts = new BoundedColumn(HISTOGRAM_BUCKETS_MAX, doubles);
  readonly floatCounts = new BoundedColumn(HISTOGRAM_BUCKETS_MAX, doubles);
  #lastCount = 0;

  clear(): void {
    this.offsets.clear();
    this.lengths.clear();
    this.wholeCounts.clear();
    this.floatCounts.clear();
    this.#lastCount = 0;
  }

  addDelta(delta: number): void {
    this.#lastCount += delta;
    this.wholeCounts.add(this.#lastCount);
  }

  /** @param isInteger which of the counts are meant */
  unsafeView(isInteger: boolean): HistogramBuckets {
    return {
      spanOffsets: this.offsets.unsafeView(),
      spanLengths: this.lengths.unsafeView(),
      counts: (isInteger ? this.wholeCounts : this.floatCounts).unsafeView(),
    };
  }
}

export class HistogramReader {
  /** Of the histogram read last, in milliseconds. */
  timestampMs = 0;
  /** Of the same, 0 when it is not known. */
  startTimestampMs = 0;
  /** Why the last one was refused; continues "the histogram …". */
  refusalDetail = '';
  readonly #scan: ProtobufScan;
  readonly #positive = new BucketColumns();
  readonly #negative = new BucketColumns();
  readonly #customValues = new BoundedColumn(HISTOGRAM_BUCKETS_MAX, doubles);
  #isInteger = true;
  #count = 0;
  #isZeroCountInteger = true;
  #zeroCount = 0;
  #sum = 0;
  #isStale = false;
  #schema = 0;
  #zeroThreshold = 0;
  #resetHint: CounterResetHint = 'unknown';

  constructor(scan: ProtobufScan) {
    this.#scan = scan;
  }

  /**
   * Reads the message `[position, end)` of the scanned bytes.
   *
   * @param view of the scanned bytes
   * @returns a valid histogram, or null with `refusalDetail`; its arrays are the reader's, valid until the next call
   * @throws PromontoryError ERR_PROTOBUF_INVALID when the bytes are not protobuf
   */
  tryUnsafeRead(view: DataView, end: number): NativeHistogram | null {
    this.#clear();
    this.#readFields(view, end);
    if (this.#isStale) return staleHistogram(this.#isInteger);
    this.refusalDetail = this.#findOverflow();
    if (this.refusalDetail !== '') return null;
    const histogram = this.#build();
    this.refusalDetail = validateHistogram(histogram)?.text ?? '';
    return this.refusalDetail === '' ? histogram : null;
  }

  #clear(): void {
    this.timestampMs = 0;
    this.startTimestampMs = 0;
    this.refusalDetail = '';
    this.#positive.clear();
    this.#negative.clear();
    this.#customValues.clear();
    this.#isInteger = true;
    this.#count = 0;
    this.#isZeroCountInteger = true;
    this.#zeroCount = 0;
    this.#sum = 0;
    this.#isStale = false;
    this.#schema = 0;
    this.#zeroThreshold = 0;
    this.#resetHint = 'unknown';
  }

  /** A known field of another wire type is skipped, as unknown ones are. */
  #readFields(view: DataView, end: number): void {
    const scan = this.#scan;
    while (scan.position < end) {
      const tag = scan.tag(end);
      if (!this.#tryReadField(tag >>> 3, tag & 7, view, end)) scan.skip(tag, end);
    }
  }

  #tryReadField(field: number, wireType: number, view: DataView, end: number): boolean {
    if (wireType === WIRE_VARINT) return this.#tryReadVarint(field, end);
    if (wireType === WIRE_FIXED64) return this.#tryReadDouble(field, view, end);
    return wireType === WIRE_LENGTH_DELIMITED && this.#tryReadBytes(field, view, end);
  }

  /** @returns false for a field that is no varint, or not known; nothing is read then */
  #tryReadVarint(field: number, end: number): boolean {
    const scan = this.#scan;
    if (field === COUNT_INTEGER) {
      this.#isInteger = true;
      this.#count = scan.unsigned64(end);
    } else if (field === SCHEMA) this.#schema = zigzag32(scan.varint32(end));
    else if (field === ZERO_COUNT_INTEGER) {
      this.#isZeroCountInteger = true;
      this.#zeroCount = scan.unsigned64(end);
    } else if (field === NEGATIVE_DELTAS) this.#negative.addDelta(scan.zigzag64(end));
    else if (field === POSITIVE_DELTAS) this.#positive.addDelta(scan.zigzag64(end));
    else if (field === RESET_HINT) this.#resetHint = COUNTER_RESET_HINTS[scan.varint32(end)] ?? 'unknown';
    else if (field === TIMESTAMP) this.timestampMs = scan.varint64(end);
    else if (field === START_TIMESTAMP) this.startTimestampMs = scan.varint64(end);
    else return false;
    return true;
  }

  /** @returns false for a field that is no double, or not known; nothing is read then */
  #tryReadDouble(field: number, view: DataView, end: number): boolean {
    const scan = this.#scan;
    if (field === COUNT_FLOAT) {
      this.#isInteger = false;
      this.#count = scan.double(view, end);
    } else if (field === SUM) this.#readSum(view, end);
    else if (field === ZERO_THRESHOLD) this.#zeroThreshold = scan.double(view, end);
    else if (field === ZERO_COUNT_FLOAT) {
      this.#isZeroCountInteger = false;
      this.#zeroCount = scan.double(view, end);
    } else {
      const column = this.#doublesOf(field);
      if (column === null) return false;
      column.add(scan.double(view, end));
    }
    return true;
  }

  /** Staleness is told by the bits. */
  #readSum(view: DataView, end: number): void {
    const start = this.#scan.position;
    this.#sum = this.#scan.double(view, end);
    this.#isStale =
      view.getInt32(start, true) === STALE_NAN_LOW_WORD &&
      view.getInt32(start + 4, true) === STALE_NAN_HIGH_WORD;
  }

  /** Spans and packed numbers. @returns false for a field that is neither, or not known; nothing is read then */
  #tryReadBytes(field: number, view: DataView, end: number): boolean {
    const scan = this.#scan;
    if (field === NEGATIVE_SPANS) this.#readSpan(this.#negative, scan.contentEnd(end));
    else if (field === POSITIVE_SPANS) this.#readSpan(this.#positive, scan.contentEnd(end));
    else if (field === NEGATIVE_DELTAS) this.#readDeltas(this.#negative, scan.contentEnd(end));
    else if (field === POSITIVE_DELTAS) this.#readDeltas(this.#positive, scan.contentEnd(end));
    else {
      const column = this.#doublesOf(field);
      if (column === null) return false;
      this.#readDoubles(column, view, scan.contentEnd(end));
    }
    return true;
  }

  #doublesOf(field: number): BoundedColumn<Float64Array<ArrayBuffer>> | null {
    if (field === NEGATIVE_COUNTS) return this.#negative.floatCounts;
    if (field === POSITIVE_COUNTS) return this.#positive.floatCounts;
    return field === CUSTOM_VALUES ? this.#customValues : null;
  }

  #readSpan({ offsets, lengths }: BucketColumns, end: number): void {
    const scan = this.#scan;
    let offset = 0;
    let length = 0;
    while (scan.position < end) {
      const tag = scan.tag(end);
      if (tag === TAG_SPAN_OFFSET) offset = zigzag32(scan.varint32(end));
      else if (tag === TAG_SPAN_LENGTH) length = scan.varint32(end);
      else scan.skip(tag, end);
    }
    offsets.add(offset);
    lengths.add(length);
  }

  #readDeltas(columns: BucketColumns, end: number): void {
    while (this.#scan.position < end) columns.addDelta(this.#scan.zigzag64(end));
  }

  #readDoubles(column: BoundedColumn<Float64Array<ArrayBuffer>>, view: DataView, end: number): void {
    while (this.#scan.position < end) column.add(this.#scan.double(view, end));
  }

  /** @returns what there is too much of to be built, '' for nothing */
  #findOverflow(): string {
    for (const { offsets, wholeCounts, floatCounts } of [this.#positive, this.#negative]) {
      const buckets = this.#isInteger ? wholeCounts.count : floatCounts.count;
      if (buckets > HISTOGRAM_BUCKETS_MAX) return tooMany(buckets, 'buckets');
      if (offsets.count > HISTOGRAM_BUCKETS_MAX) return tooMany(offsets.count, 'spans');
    }
    const bounds = this.#customValues.count;
    return bounds > HISTOGRAM_BUCKETS_MAX ? tooMany(bounds, 'custom bounds') : '';
  }

  #build(): NativeHistogram {
    const isInteger = this.#isInteger;
    return {
      isInteger,
      counterResetHint: this.#resetHint,
      schema: this.#schema,
      zeroThreshold: this.#zeroThreshold,
      // One of the other kind does not count, as in Prometheus.
      zeroCount: this.#isZeroCountInteger === isInteger ? this.#zeroCount : 0,
      count: this.#count,
      sum: this.#sum,
      isStale: false,
      positive: this.#positive.unsafeView(isInteger),
      negative: this.#negative.unsafeView(isInteger),
      customValues: this.#customValues.unsafeView(),
    };
  }
}

function zigzag32(value: number): number {
  return (value >>> 1) ^ -(value & 1);
}

function tooMany(count: number, what: string): string {
  return `has ${count} ${what}, limit ${HISTOGRAM_BUCKETS_MAX}`;
}
