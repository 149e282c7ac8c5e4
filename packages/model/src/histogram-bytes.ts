/**
 * A native histogram as bytes: how it lies in a batch, in the log and in the head.
 *
 *   flags u8 | and unless it is stale: schema i8 | zero threshold f64 when the flags say so | zero count |
 *   count | sum f64 | positive buckets | negative buckets | custom values: their number, f64 each
 *
 * Buckets are the number of spans, an offset (zigzag) and a length for each, then the counts. Numbers are
 * varints (7 bits a byte, low ones first) except the counts of float histograms, f64. Little endian.
 * The form is canonical: histograms that are equal have equal bytes. For that spans are as few as can be, a
 * zero has no sign where it cannot mean anything, and NaN has one pattern.
 */
import { assert, PromontoryError } from '@promontory/base';
import { ERR_HISTOGRAM_BYTES_INVALID } from './error-codes.ts';
import { normalizeSpans, staleHistogram } from './histogram-buckets.ts';
import { COUNTER_RESET_HINTS, type HistogramBuckets, type NativeHistogram } from './native-histogram.ts';

const FLAG_INTEGER = 1;
const FLAG_STALE = 2;
const HINT_SHIFT = 2;
const THRESHOLD_SHIFT = 4;
const THRESHOLD_ZERO = 0;
const THRESHOLD_DEFAULT = 1;
const THRESHOLD_OTHER = 2;
/** What Prometheus's clients use unless told otherwise. */
const DEFAULT_ZERO_THRESHOLD = 2 ** -128;
const FLAGS_END = 1 << 6;

const HEADER_BYTES_MAX = 2 + 8 + 10 + 10 + 8;
const VARINT_BYTES_MAX = 10;

/** @param histogram valid; a stale one keeps nothing but `isInteger`. @returns owned bytes */
export function encodeHistogram(histogram: NativeHistogram): Uint8Array {
  const writer = new ByteWriter(encodedBytesMax(histogram));
  const { isInteger, isStale, zeroThreshold } = histogram;
  if (isStale) {
    writer.byte((isInteger ? FLAG_INTEGER : 0) | FLAG_STALE);
    return writer.bytes();
  }
  const threshold = thresholdMode(zeroThreshold);
  const hint = COUNTER_RESET_HINTS.indexOf(histogram.counterResetHint);
  writer.byte((isInteger ? FLAG_INTEGER : 0) | (hint << HINT_SHIFT) | (threshold << THRESHOLD_SHIFT));
  writer.byte(histogram.schema & 0xff);
  if (threshold === THRESHOLD_OTHER) writer.double(zeroThreshold);
  writer.count(histogram.zeroCount, isInteger);
  writer.count(histogram.count, isInteger);
  writer.double(histogram.sum);
  writer.buckets(normalizeSpans(histogram.positive), isInteger);
  writer.buckets(normalizeSpans(histogram.negative), isInteger);
  writer.varint(histogram.customValues.length);
  for (const bound of histogram.customValues) writer.double(bound + 0);
  return writer.bytes();
}

/**
 * @param bytes of one histogram, from `encodeHistogram`; not kept
 * @returns a histogram of its own memory
 * @throws PromontoryError ERR_HISTOGRAM_BYTES_INVALID when they are anything else in form; the rules of
 *   `validateHistogram` are not checked
 */
export function decodeHistogram(bytes: Uint8Array): NativeHistogram {
  const reader = new ByteReader(bytes);
  const flags = reader.byte();
  if (flags >= FLAGS_END) throw invalid(`unknown flags ${flags}`);
  const isInteger = (flags & FLAG_INTEGER) !== 0;
  if ((flags & FLAG_STALE) !== 0) {
    reader.mustBeAtEnd();
    return staleHistogram(isInteger);
  }
  const schema = (reader.byte() << 24) >> 24;
  const zeroThreshold = readThreshold(reader, flags >> THRESHOLD_SHIFT);
  const zeroCount = reader.count(isInteger);
  const count = reader.count(isInteger);
  const sum = reader.double();
  const positive = reader.buckets(isInteger);
  const negative = reader.buckets(isInteger);
  const customValues = reader.doubles(reader.varint());
  reader.mustBeAtEnd();
  const counterResetHint = COUNTER_RESET_HINTS[(flags >> HINT_SHIFT) & 3] ?? 'unknown';
  return {
    isInteger,
    counterResetHint,
    schema,
    zeroThreshold,
    zeroCount,
    count,
    sum,
    isStale: false,
    positive,
    negative,
    customValues,
  };
}

function thresholdMode(zeroThreshold: number): number {
  if (zeroThreshold === 0) return THRESHOLD_ZERO;
  return zeroThreshold === DEFAULT_ZERO_THRESHOLD ? THRESHOLD_DEFAULT : THRESHOLD_OTHER;
}

function readThreshold(reader: ByteReader, mode: number): number {
  if (mode === THRESHOLD_ZERO) return 0;
  if (mode === THRESHOLD_DEFAULT) return DEFAULT_ZERO_THRESHOLD;
  if (mode === THRESHOLD_OTHER) return reader.double();
  throw invalid(`unknown form of the zero threshold ${mode}`);
}

function encodedBytesMax(histogram: NativeHistogram): number {
  const { positive, negative, customValues } = histogram;
  const spans = positive.spanOffsets.length + negative.spanOffsets.length;
  const counts = positive.counts.length + negative.counts.length + 3 + customValues.length;
  return HEADER_BYTES_MAX + (2 * spans + counts) * VARINT_BYTES_MAX;
}

class ByteWriter {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #length = 0;

  constructor(bytesMax: number) {
    this.#bytes = new Uint8Array(bytesMax);
    this.#view = new DataView(this.#bytes.buffer);
  }

  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  byte(value: number): void {
    this.#bytes[this.#length++] = value;
  }

  double(value: number): void {
    this.#view.setFloat64(this.#length, Number.isNaN(value) ? Number.NaN : value, true);
    this.#length += 8;
  }

  varint(value: number): void {
    let rest = value;
    while (rest >= 128) {
      this.#bytes[this.#length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#length++] = rest;
  }

  /** Adding 0 takes the sign off a zero. */
  count(value: number, isInteger: boolean): void {
    if (isInteger) this.varint(value);
    else this.double(value + 0);
  }

  buckets(buckets: HistogramBuckets, isInteger: boolean): void {
    const { spanOffsets, spanLengths, counts } = buckets;
    assert(spanOffsets.length === spanLengths.length, 'a length for each span');
    this.varint(spanOffsets.length);
    for (let span = 0; span < spanOffsets.length; span++) {
      const offset = spanOffsets[span]!;
      this.varint(offset < 0 ? -2 * offset - 1 : 2 * offset);
      this.varint(spanLengths[span]!);
    }
    for (let at = 0; at < counts.length; at++) this.count(counts[at]!, isInteger);
  }
}

class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get #left(): number {
    return this.#bytes.length - this.#at;
  }

  mustBeAtEnd(): void {
    if (this.#left !== 0) throw invalid(`${this.#left} bytes too many`);
  }

  byte(): number {
    if (this.#left < 1) throw invalid('they end too early');
    return this.#bytes[this.#at++]!;
  }

  double(): number {
    if (this.#left < 8) throw invalid('they end too early');
    const value = this.#view.getFloat64(this.#at, true);
    this.#at += 8;
    return value;
  }

  /** @returns a number up to 2^53 - 1 */
  varint(): number {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 49; scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) {
        if (value > Number.MAX_SAFE_INTEGER) throw invalid('a number is above 2^53 - 1');
        return value;
      }
    }
    throw invalid('a number is too long');
  }

  count(isInteger: boolean): number {
    return isInteger ? this.varint() : this.double();
  }

  doubles(count: number): Float64Array {
    if (count > this.#left / 8) throw invalid(`they announce ${count} numbers in ${this.#left} bytes`);
    const values = new Float64Array(count);
    for (let at = 0; at < count; at++) values[at] = this.double();
    return values;
  }

  buckets(isInteger: boolean): HistogramBuckets {
    const spans = this.varint();
    if (spans > this.#left / 2) throw invalid(`they announce ${spans} spans in ${this.#left} bytes`);
    const spanOffsets = new Int32Array(spans);
    const spanLengths = new Uint32Array(spans);
    let total = 0;
    for (let span = 0; span < spans; span++) {
      const zigzag = this.varint();
      const offset = zigzag % 2 === 1 ? -(zigzag + 1) / 2 : zigzag / 2;
      const length = this.varint();
      if (offset !== (offset | 0)) throw invalid(`a span has offset ${offset}`);
      spanOffsets[span] = offset;
      spanLengths[span] = length;
      total += length;
    }
    const bytesPerCountMin = isInteger ? 1 : 8;
    if (total > this.#left / bytesPerCountMin)
      throw invalid(`they announce ${total} buckets in ${this.#left} bytes`);
    const counts = new Float64Array(total);
    for (let at = 0; at < total; at++) counts[at] = this.count(isInteger);
    return { spanOffsets, spanLengths, counts };
  }
}

function invalid(why: string): PromontoryError {
  return new PromontoryError(`cannot read the bytes of a histogram: ${why}`, {
    code: ERR_HISTOGRAM_BYTES_INVALID,
    kind: 'corrupt',
  });
}
