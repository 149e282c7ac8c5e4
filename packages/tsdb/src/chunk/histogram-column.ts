/**
 * A column of native histograms (docs/format/chunk.md, "Histogram columns"): every number of a histogram is a
 * value column over all samples of the chunk, so that counts are differenced and packed like counters.
 *
 *   flags column | runs of (length, layout) | count | zero count | sum | each positive bucket | each negative one
 *
 * The buckets are those of all layouts together; where a sample's layout lacks a bucket, the column has 0. So
 * a layout that grows costs its bytes, and the columns stay long.
 */
import { assert } from '@promontory/base';
import {
  COUNTER_RESET_HINTS,
  type HistogramBuckets,
  type NativeHistogram,
  SampleColumns,
} from '@promontory/model';
import { type ColumnCodec, SAMPLES_PER_CHUNK_MAX, valueColumnBytesMax } from './column-codec.ts';
import {
  type BucketSpans,
  bucketIndexes,
  decodeLayout,
  encodeLayout,
  type HistogramLayout,
  isSameLayout,
} from './histogram-layout.ts';
import { ByteReader, malformedBytes, VARINT_BYTES_MAX, writeVarint } from '../store/varint.ts';

/** Flags: bit 0 isInteger, bit 1 isStale, bits 2 and 3 the index of the hint in COUNTER_RESET_HINTS. */
const IS_INTEGER = 1;
const IS_STALE = 2;
const HINT_SHIFT = 2;
const FLAGS_MAX = 15;
/**
 * Numbers of a column (samples times the buckets of all their layouts) from which on it takes no other layout.
 * A column of more would cost seconds to encode when every sample has buckets of its own.
 */
const BUCKET_NUMBERS_MAX = 1 << 17;

type Sign = 'positive' | 'negative';
const SIGNS: readonly Sign[] = ['positive', 'negative'];

/** Samples [from, from + count) share a layout. */
interface LayoutRun {
  readonly from: number;
  readonly count: number;
  readonly layout: HistogramLayout;
}

/** Where the buckets of each run stand among those of all runs. */
interface BucketMap {
  readonly bucketCount: number;
  /** By run, by bucket of its layout: an index below bucketCount. */
  readonly places: readonly Int32Array[];
}

/**
 * How many of the histograms [start, end) should share a column: all of them, unless their layouts have too little
 * in common. At least one.
 */
export function histogramsPerColumn(
  histograms: readonly NativeHistogram[],
  start: number,
  end: number,
): number {
  const buckets = { positive: new Set<number>(), negative: new Set<number>() };
  for (let index = start; index < end; index++) {
    const histogram = histograms[index]!;
    if (index > start && isSameLayout(histogram, histograms[index - 1]!)) continue;
    for (const sign of SIGNS) for (const bucket of bucketIndexes(histogram[sign])) buckets[sign].add(bucket);
    const numbers = (index + 1 - start) * (buckets.positive.size + buckets.negative.size);
    if (index > start && numbers > BUCKET_NUMBERS_MAX) return index - start;
  }
  return end - start;
}

/**
 * Encodes 1 to SAMPLES_PER_CHUNK_MAX histograms whose spans ascend and hold as many buckets as there are counts.
 *
 * @returns owned bytes
 */
export function encodeHistogramColumn(codec: ColumnCodec, histograms: readonly NativeHistogram[]): Buffer {
  assertCount(histograms.length);
  const runs = layoutRuns(histograms);
  const columns = new SampleColumns(histograms.length);
  const scratch = Buffer.alloc(valueColumnBytesMax(histograms.length));
  const parts: Buffer[] = [];
  const pushColumn = (numbers: (histogram: NativeHistogram) => number): void => {
    for (const [index, histogram] of histograms.entries()) columns.value[index] = numbers(histogram);
    pushValues(codec, columns, histograms.length, scratch, parts);
  };
  pushColumn(flagsOf);
  for (const { count, layout } of runs) {
    const length = Buffer.alloc(VARINT_BYTES_MAX);
    parts.push(length.subarray(0, writeVarint(length, 0, count)), encodeLayout(codec, layout));
  }
  pushColumn((histogram) => histogram.count);
  pushColumn((histogram) => histogram.zeroCount);
  pushColumn((histogram) => histogram.sum);
  for (const sign of SIGNS) {
    const map = mapBuckets(runs, sign);
    assertBuckets(histograms, runs, map, sign);
    const bucketsByPlace = map.places.map((places) => invert(places, map.bucketCount));
    for (let bucket = 0; bucket < map.bucketCount; bucket++) {
      fillBucket(columns, histograms, runs, bucketsByPlace, sign, bucket);
      pushValues(codec, columns, histograms.length, scratch, parts);
    }
  }
  return Buffer.concat(parts);
}

/**
 * Decodes `count` histograms from source[offset, end). Those of one layout share its arrays (spans, custom
 * values): nobody may write to them. The counts are each histogram's own.
 *
 * @throws PromontoryError ERR_STORE_CORRUPT when malformed or not exactly `end - offset` bytes
 */
export function decodeHistogramColumn(
  codec: ColumnCodec,
  source: Buffer,
  offset: number,
  end: number,
  count: number,
): NativeHistogram[] {
  assertCount(count);
  const reader = new ByteReader();
  reader.reset(source, offset, end);
  const next = (): Float64Array => {
    const columns = new SampleColumns(count);
    codec.decodeNextValues(reader, count, columns, 0);
    return columns.value;
  };
  const flags = next();
  if (flags.some((flag) => !Number.isInteger(flag) || flag < 0 || flag > FLAGS_MAX)) {
    throw malformedBytes('unknown flags', reader.offset);
  }
  const runs = decodeRuns(codec, reader, count);
  const counts = next();
  const zeroCounts = next();
  const sums = next();
  const positive = decodeBuckets(reader, runs, 'positive', next);
  const negative = decodeBuckets(reader, runs, 'negative', next);
  reader.finish();
  return runs.flatMap(({ from, count: runCount, layout }) =>
    Array.from({ length: runCount }, (_, place): NativeHistogram => {
      const index = from + place;
      return {
        isInteger: (flags[index]! & IS_INTEGER) !== 0,
        counterResetHint: COUNTER_RESET_HINTS[flags[index]! >>> HINT_SHIFT]!,
        schema: layout.schema,
        zeroThreshold: layout.zeroThreshold,
        zeroCount: zeroCounts[index]!,
        count: counts[index]!,
        sum: sums[index]!,
        isStale: (flags[index]! & IS_STALE) !== 0,
        positive: positive[index]!,
        negative: negative[index]!,
        customValues: layout.customValues,
      };
    }),
  );
}

function assertCount(count: number): void {
  assert(count >= 1 && count <= SAMPLES_PER_CHUNK_MAX, 'a column has a histogram and not too many', {
    count,
  });
}

function flagsOf(histogram: NativeHistogram): number {
  const hint = COUNTER_RESET_HINTS.indexOf(histogram.counterResetHint) << HINT_SHIFT;
  return hint | (histogram.isInteger ? IS_INTEGER : 0) | (histogram.isStale ? IS_STALE : 0);
}

function layoutRuns(histograms: readonly NativeHistogram[]): LayoutRun[] {
  const runs: LayoutRun[] = [];
  for (let from = 0; from < histograms.length;) {
    const layout = histograms[from]!;
    let end = from + 1;
    while (end < histograms.length && isSameLayout(layout, histograms[end]!)) end++;
    runs.push({ from, count: end - from, layout });
    from = end;
  }
  return runs;
}

function decodeRuns(codec: ColumnCodec, reader: ByteReader, count: number): LayoutRun[] {
  const runs: LayoutRun[] = [];
  for (let from = 0; from < count;) {
    const runCount = reader.readVarint();
    if (runCount === 0 || from + runCount > count) throw malformedBytes('run out of bounds', reader.offset);
    runs.push({ from, count: runCount, layout: decodeLayout(codec, reader) });
    from += runCount;
  }
  return runs;
}

function mapBuckets(runs: readonly LayoutRun[], sign: Sign): BucketMap {
  const indexesByRun = runs.map(({ layout }) => bucketIndexes(layout[sign]));
  const union = new Set<number>();
  for (const indexes of indexesByRun) for (const index of indexes) union.add(index);
  const placeByIndex = new Map<number, number>();
  for (const index of Float64Array.from(union).sort()) placeByIndex.set(index, placeByIndex.size);
  const placeOf = (index: number): number => placeByIndex.get(index) ?? 0;
  const places = indexesByRun.map((indexes) => Int32Array.from(indexes, placeOf));
  return { bucketCount: placeByIndex.size, places };
}

function assertBuckets(
  histograms: readonly NativeHistogram[],
  runs: readonly LayoutRun[],
  map: BucketMap,
  sign: Sign,
): void {
  for (const [run, { from, count }] of runs.entries()) {
    const bucketCount = map.places[run]!.length;
    for (let index = from; index < from + count; index++) {
      assert(
        histograms[index]![sign].counts.length === bucketCount,
        'a histogram has a count for each bucket',
      );
    }
  }
}

/** @param places ascending @returns by value below `end`, its index in `places`, -1 where it is not there */
function invert(places: Int32Array, end: number): Int32Array {
  const indexes = new Int32Array(end).fill(-1);
  for (const [index, place] of places.entries()) indexes[place] = index;
  return indexes;
}

/**
 * Fills the column of one bucket: its count in each histogram, 0 where the layout lacks it.
 *
 * @param bucketsByPlace by run, by bucket of all runs: the index of the bucket in the run's layout, or -1
 */
function fillBucket(
  columns: SampleColumns,
  histograms: readonly NativeHistogram[],
  runs: readonly LayoutRun[],
  bucketsByPlace: readonly Int32Array[],
  sign: Sign,
  bucket: number,
): void {
  for (const [run, { from, count }] of runs.entries()) {
    const at = bucketsByPlace[run]![bucket]!;
    for (let index = from; index < from + count; index++) {
      const { counts } = histograms[index]![sign];
      columns.value[index] = at < 0 ? 0 : counts[at]!;
    }
  }
}

function pushValues(
  codec: ColumnCodec,
  columns: SampleColumns,
  count: number,
  scratch: Buffer,
  parts: Buffer[],
): void {
  parts.push(Buffer.from(scratch.subarray(0, codec.encodeValues(columns, 0, count, scratch, 0))));
}

/** @returns by sample, its buckets of one sign */
function decodeBuckets(
  reader: ByteReader,
  runs: readonly LayoutRun[],
  sign: Sign,
  next: () => Float64Array,
): HistogramBuckets[] {
  const map = mapBuckets(runs, sign);
  if (2 * map.bucketCount > reader.end - reader.offset) throw malformedBytes('ends early', reader.offset);
  const columns = Array.from({ length: map.bucketCount }, next);
  return runs.flatMap(({ from, count, layout }, run) => {
    const { spanOffsets, spanLengths }: BucketSpans = layout[sign];
    const places = map.places[run]!;
    const bucketCount = places.length;
    // One allocation for all counts of the run: each histogram gets a part of its own.
    const counts = new Float64Array(count * bucketCount);
    for (let bucket = 0; bucket < bucketCount; bucket++) {
      const column = columns[places[bucket]!]!;
      for (let place = 0; place < count; place++)
        counts[place * bucketCount + bucket] = column[from + place]!;
    }
    return Array.from({ length: count }, (_, place) => ({
      spanOffsets,
      spanLengths,
      counts: counts.subarray(place * bucketCount, (place + 1) * bucketCount),
    }));
  });
}
