/**
 * The layout of a native histogram: which buckets it has (docs/format/chunk.md, "Histogram columns").
 *
 *   schema | zero threshold | spans of positive buckets | of negative ones | custom values
 */
import { assert } from '@promontory/base';
import { SampleColumns } from '@promontory/model';
import { type ColumnCodec, SAMPLES_PER_CHUNK_MAX, valueColumnBytesMax } from './column-codec.ts';
import {
  type ByteReader,
  malformedBytes,
  VARINT_BYTES_MAX,
  writeSignedVarint,
  writeVarint,
} from '../store/varint.ts';

/** Runs of buckets, as in the model's `HistogramBuckets`. */
export interface BucketSpans {
  readonly spanOffsets: Int32Array;
  readonly spanLengths: Uint32Array;
}

/** The part of a histogram that stays when samples are added. A `NativeHistogram` is one too. */
export interface HistogramLayout {
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly positive: BucketSpans;
  readonly negative: BucketSpans;
  readonly customValues: Float64Array;
}

const INT32_MIN = -(2 ** 31);
const INT32_MAX = 2 ** 31 - 1;
const UINT32_MAX = 2 ** 32 - 1;

/** True when both have the same buckets, bounds bit for bit. */
export function isSameLayout(one: HistogramLayout, other: HistogramLayout): boolean {
  return (
    one.schema === other.schema &&
    Object.is(one.zeroThreshold, other.zeroThreshold) &&
    isSameArray(one.positive.spanOffsets, other.positive.spanOffsets) &&
    isSameArray(one.positive.spanLengths, other.positive.spanLengths) &&
    isSameArray(one.negative.spanOffsets, other.negative.spanOffsets) &&
    isSameArray(one.negative.spanLengths, other.negative.spanLengths) &&
    isSameArray(one.customValues, other.customValues)
  );
}

/** The index of each bucket of the spans, ascending. The lengths must be sane: as many are allocated. */
export function bucketIndexes(spans: BucketSpans): Float64Array {
  const { spanOffsets, spanLengths } = spans;
  const indexes = new Float64Array(spanLengths.reduce((sum, length) => sum + length, 0));
  let filled = 0;
  let next = 0;
  for (let span = 0; span < spanLengths.length; span++) {
    next += spanOffsets[span]!;
    for (let left = spanLengths[span]!; left > 0; left--) indexes[filled++] = next++;
  }
  return indexes;
}

/** Encodes a layout into owned bytes. */
export function encodeLayout(codec: ColumnCodec, layout: HistogramLayout): Buffer {
  const head = Buffer.alloc(VARINT_BYTES_MAX);
  return Buffer.concat([
    head.subarray(0, writeSignedVarint(head, 0, layout.schema)),
    encodeNumbers(codec, Float64Array.of(layout.zeroThreshold)),
    encodeSpans(layout.positive),
    encodeSpans(layout.negative),
    encodeCount(layout.customValues.length),
    encodeNumbers(codec, layout.customValues),
  ]);
}

/**
 * Decodes the next layout.
 *
 * @throws PromontoryError ERR_STORE_CORRUPT, also when it has more buckets than the bytes after it can fill
 */
export function decodeLayout(codec: ColumnCodec, reader: ByteReader): HistogramLayout {
  const schema = reader.readSignedVarint();
  const zeroThreshold = decodeNumbers(codec, reader, 1)[0]!;
  const positive = decodeSpans(reader);
  const negative = decodeSpans(reader);
  const customCount = reader.readVarint();
  if (customCount > (reader.end - reader.offset) * SAMPLES_PER_CHUNK_MAX) {
    throw malformedBytes('more custom values than bytes', reader.offset);
  }
  return {
    schema,
    zeroThreshold,
    positive,
    negative,
    customValues: decodeNumbers(codec, reader, customCount),
  };
}

function encodeCount(count: number): Buffer {
  const bytes = Buffer.alloc(VARINT_BYTES_MAX);
  return bytes.subarray(0, writeVarint(bytes, 0, count));
}

function encodeSpans({ spanOffsets, spanLengths }: BucketSpans): Buffer {
  const spanCount = spanOffsets.length;
  const bytes = Buffer.alloc(VARINT_BYTES_MAX * (1 + 2 * spanCount));
  let end = writeVarint(bytes, 0, spanCount);
  for (let span = 0; span < spanCount; span++) {
    assert(span === 0 || spanOffsets[span]! >= 0, 'spans ascend');
    end = writeSignedVarint(bytes, end, spanOffsets[span]!);
    end = writeVarint(bytes, end, spanLengths[span]!);
  }
  return bytes.subarray(0, end);
}

function decodeSpans(reader: ByteReader): BucketSpans {
  const spanCount = reader.readVarint();
  if (2 * spanCount > reader.end - reader.offset)
    throw malformedBytes('more spans than bytes', reader.offset);
  const spanOffsets = new Int32Array(spanCount);
  const spanLengths = new Uint32Array(spanCount);
  let bucketCount = 0;
  for (let span = 0; span < spanCount; span++) {
    const offset = reader.readSignedVarint();
    const length = reader.readVarint();
    bucketCount += length;
    const offsetMin = span === 0 ? INT32_MIN : 0;
    const isInBounds = offset >= offsetMin && offset <= INT32_MAX && length <= UINT32_MAX;
    // Each bucket has a column of two bytes at least.
    if (!isInBounds || 2 * bucketCount > reader.end - reader.offset) {
      throw malformedBytes('span out of bounds', reader.offset);
    }
    spanOffsets[span] = offset;
    spanLengths[span] = length;
  }
  return { spanOffsets, spanLengths };
}

/** Numbers as value columns of up to SAMPLES_PER_CHUNK_MAX, one after the other. */
function encodeNumbers(codec: ColumnCodec, numbers: Float64Array): Buffer {
  const columns = new SampleColumns(numbers.length);
  columns.value.set(numbers);
  const parts: Buffer[] = [];
  for (let start = 0; start < numbers.length; start += SAMPLES_PER_CHUNK_MAX) {
    const count = Math.min(SAMPLES_PER_CHUNK_MAX, numbers.length - start);
    const bytes = Buffer.alloc(valueColumnBytesMax(count));
    parts.push(bytes.subarray(0, codec.encodeValues(columns, start, count, bytes, 0)));
  }
  return Buffer.concat(parts);
}

function decodeNumbers(codec: ColumnCodec, reader: ByteReader, count: number): Float64Array {
  const columns = new SampleColumns(count);
  for (let start = 0; start < count; start += SAMPLES_PER_CHUNK_MAX) {
    codec.decodeNextValues(reader, Math.min(SAMPLES_PER_CHUNK_MAX, count - start), columns, start);
  }
  return columns.value;
}

function isSameArray(
  one: Float64Array | Int32Array | Uint32Array,
  other: Float64Array | Int32Array | Uint32Array,
): boolean {
  if (one === other) return true;
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index++) {
    if (!Object.is(one[index], other[index])) return false;
  }
  return true;
}
