/**
 * What all histograms of a chunk have in common, as it stands behind the chunk's header:
 *
 *   zero threshold | schema, signed | spans of positive buckets | spans of negative buckets |
 *   and with the schema of custom buckets: bounds
 *
 * Spans are their number, then length (unsigned) and offset (signed) of each. A threshold is one byte: 0 for 0, 1 to
 * 254 for a power of two from 2^-243 on, 255 with 64 bits behind it for any other. A bound is a whole number of
 * thousandths, plus one, or a zero bit with 64 bits behind it.
 */
import { CUSTOM_BUCKETS_SCHEMA, type NativeHistogram } from '@promontory/model';
import { type BitReader, invalidChunk } from './bit-reader.ts';
import type { BitWriter } from './bit-writer.ts';
import type { BucketUnion } from './bucket-union.ts';
import { DoubleWords } from './double-words.ts';
import {
  readVarbitInt,
  readVarbitUint,
  VARBIT_BYTES_MAX,
  writeVarbitInt,
  writeVarbitUint,
} from './varbit.ts';

const THRESHOLD_OTHER = 255;
/** Of a double; its byte is the exponent of its power of two plus this. */
const EXPONENT_BIAS = 1023;
const THRESHOLD_BIAS = 244;
const MANTISSA_HIGH_MASK = 0xfffff;
/** The largest bound, in thousandths, that is written as a number. */
const BOUND_THOUSANDTHS_MAX = 33_554_430;
const SPAN_BITS_MIN = 2;
const BOUND_BITS_MIN = 5;

export interface HistogramLayout {
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly positive: LayoutSpans;
  readonly negative: LayoutSpans;
  readonly customValues: Float64Array;
}

export interface LayoutSpans {
  readonly spanOffsets: Int32Array;
  readonly spanLengths: Uint32Array;
  readonly bucketCount: number;
}

/** @param histogram the chunk's first. @param writer has room for its header already, and gets more for the layout */
export function writeHistogramLayout(
  writer: BitWriter,
  { schema, zeroThreshold, customValues }: NativeHistogram,
  positive: BucketUnion,
  negative: BucketUnion,
): void {
  const numbers = 5 + 2 * (positive.count + negative.count) + customValues.length;
  writer.reserve(numbers * VARBIT_BYTES_MAX);
  writeThreshold(writer, zeroThreshold);
  writeVarbitInt(writer, schema);
  writeSpans(writer, positive);
  writeSpans(writer, negative);
  if (schema !== CUSTOM_BUCKETS_SCHEMA) return;
  writeVarbitUint(writer, customValues.length);
  for (const bound of customValues) writeBound(writer, bound);
}

/** @throws PromontoryError ERR_CHUNK_INVALID */
export function readHistogramLayout(reader: BitReader): HistogramLayout {
  const zeroThreshold = readThreshold(reader);
  const schema = readVarbitInt(reader);
  const positive = readSpans(reader);
  const negative = readSpans(reader);
  const customValues = schema === CUSTOM_BUCKETS_SCHEMA ? readBounds(reader) : new Float64Array(0);
  return { schema, zeroThreshold, positive, negative, customValues };
}

function writeThreshold(writer: BitWriter, threshold: number): void {
  const words = new DoubleWords();
  words.value = threshold;
  const { high, low } = words;
  // A sign would make the number of the byte negative.
  const byte = (high >> 20) - EXPONENT_BIAS + THRESHOLD_BIAS;
  const isPowerOfTwo = low === 0 && (high & MANTISSA_HIGH_MASK) === 0;
  if (threshold === 0) writer.bits(0, 8);
  else if (isPowerOfTwo && byte > 0 && byte < THRESHOLD_OTHER) writer.bits(byte, 8);
  else {
    writer.bits(THRESHOLD_OTHER, 8);
    writer.words(high, low, 64);
  }
}

function readThreshold(reader: BitReader): number {
  const byte = reader.bits(8);
  if (byte === 0) return 0;
  return byte === THRESHOLD_OTHER ? readDouble(reader) : 2 ** (byte - THRESHOLD_BIAS);
}

function writeSpans(writer: BitWriter, union: BucketUnion): void {
  let spans = 0;
  for (let at = 0; at < union.count; at++) if (isSpanStart(union, at)) spans++;
  writeVarbitUint(writer, spans);
  let end = 0;
  for (let start = 0; start < union.count;) {
    let next = start + 1;
    while (next < union.count && !isSpanStart(union, next)) next++;
    writeVarbitUint(writer, next - start);
    writeVarbitInt(writer, union.index(start) - end);
    end = union.index(next - 1) + 1;
    start = next;
  }
}

function isSpanStart(union: BucketUnion, at: number): boolean {
  return at === 0 || union.index(at) !== union.index(at - 1) + 1;
}

function readSpans(reader: BitReader): LayoutSpans {
  const spans = readVarbitUint(reader);
  if (spans * SPAN_BITS_MIN > reader.bitsLeft) throw invalidChunk(`${spans} spans do not fit into it`);
  const spanOffsets = new Int32Array(spans);
  const spanLengths = new Uint32Array(spans);
  let bucketCount = 0;
  for (let span = 0; span < spans; span++) {
    const length = readVarbitUint(reader);
    bucketCount += length;
    // Each bucket is a bit at least, and a chunk with a layout has a histogram.
    if (bucketCount > reader.bitsLeft) throw invalidChunk(`${bucketCount} buckets do not fit into it`);
    spanLengths[span] = length;
    const offset = readVarbitInt(reader);
    if (offset !== (offset | 0)) throw invalidChunk(`a span has the offset ${offset}`);
    spanOffsets[span] = offset;
  }
  return { spanOffsets, spanLengths, bucketCount };
}

function writeBound(writer: BitWriter, bound: number): void {
  const thousandths = Math.round(bound * 1000);
  const isExact = thousandths >= 0 && thousandths <= BOUND_THOUSANDTHS_MAX && thousandths / 1000 === bound;
  if (isExact) {
    writeVarbitUint(writer, thousandths + 1);
    return;
  }
  writer.bits(0, 1);
  const words = new DoubleWords();
  words.value = bound;
  writer.words(words.high, words.low, 64);
}

function readBounds(reader: BitReader): Float64Array {
  const bounds = readVarbitUint(reader);
  if (bounds * BOUND_BITS_MIN > reader.bitsLeft) throw invalidChunk(`${bounds} bounds do not fit into it`);
  const values = new Float64Array(bounds);
  for (let at = 0; at < bounds; at++) {
    const number = readVarbitUint(reader);
    values[at] = number === 0 ? readDouble(reader) : (number - 1) / 1000;
  }
  return values;
}

function readDouble(reader: BitReader): number {
  reader.readWords(64);
  return new DoubleWords().setWords(reader.high, reader.low).value;
}
