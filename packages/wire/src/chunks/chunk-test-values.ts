/** Series for tests, from a seed, and what a chunk's reader sees of them. */
import type { SeededRandom } from '@promontory/base';
import {
  bucketsOf,
  CUSTOM_BUCKETS_SCHEMA,
  type HistogramBuckets,
  type HistogramSample,
  type NativeHistogram,
  SampleColumns,
  setStaleAt,
  staleHistogram,
  walkBuckets,
} from '@promontory/model';

const STEPS_MS = [15_000, 1, 14_999, 8192, 8193, 65_536, 524_288, 524_289, 2 ** 31, 2 ** 40];

/** Ascending timestamps with steps that change little and much. */
export function randomTimes(random: SeededRandom, count: number): Float64Array {
  const times = new Float64Array(count);
  let timeMs = [1_700_000_000_000, 0, -(2 ** 52), -5, 2 ** 51][random.nextInt(5)] ?? 0;
  for (let at = 0; at < count; at++) {
    times[at] = timeMs;
    const isRegular = random.nextInt(4) > 0;
    timeMs += isRegular ? 15_000 : (STEPS_MS[random.nextInt(STEPS_MS.length)] ?? 1) + random.nextInt(3);
  }
  return times;
}

/** Values that repeat, count, jump, and any bits at all. */
export function randomFloats(random: SeededRandom, times: ArrayLike<number>): SampleColumns {
  const samples = new SampleColumns(Math.max(1, times.length));
  let counter = random.nextInt(1e6);
  for (let at = 0; at < times.length; at++) {
    samples.timestampMs[at] = times[at] ?? 0;
    counter += random.nextInt(100);
    const kind = random.nextInt(8);
    if (kind < 4) samples.value[at] = counter;
    else if (kind === 4) samples.value[at] = random.nextFloat();
    else if (kind === 5) setStaleAt(samples.valueWords, at);
    else samples.valueWords.set([random.nextUint32() | 0, random.nextUint32() | 0], 2 * at);
    // Bits that share their lower or upper word with those before.
    if (kind === 7 && at > 0)
      samples.valueWords[2 * at + random.nextInt(2)] = samples.valueWords[2 * at - 2] ?? 0;
  }
  samples.count = times.length;
  return samples;
}

/** Histograms that mostly grow, now and then reset, change their buckets or are something else altogether. */
export function randomHistograms(random: SeededRandom, times: ArrayLike<number>): HistogramSample[] {
  const samples: HistogramSample[] = [];
  let shape = randomShape(random);
  for (let at = 0; at < times.length; at++) {
    if (random.nextInt(12) === 0) shape = randomShape(random);
    if (random.nextInt(6) === 0) shape = { ...shape, counts: new Map() };
    if (random.nextInt(8) === 0) shape.indexes.add(random.nextInt(shape.bucketsMax));
    const histogram =
      random.nextInt(15) === 0 ? staleHistogram(shape.isInteger) : grownHistogram(random, shape);
    samples.push({ timestampMs: times[at] ?? 0, histogram });
  }
  return samples;
}

interface Shape {
  readonly isInteger: boolean;
  readonly isGauge: boolean;
  readonly scale: Pick<NativeHistogram, 'schema' | 'zeroThreshold' | 'customValues'>;
  readonly bucketsMax: number;
  readonly indexes: Set<number>;
  readonly counts: Map<number, number>;
  readonly countScale: number;
}

function randomShape(random: SeededRandom): Shape {
  const isCustom = random.nextInt(4) === 0;
  const customValues = isCustom ? Float64Array.of(-1, 0.005, 0.1 + 0.2, 7, 33_554.43, 33_554.431, 1e300) : [];
  const zeroThreshold = isCustom
    ? 0
    : ([0, 2 ** -128, 2 ** -243, 2 ** -244, 1024, 2048, 0.001][random.nextInt(7)] ?? 0);
  return {
    isInteger: random.nextInt(2) === 0,
    isGauge: random.nextInt(4) === 0,
    scale: {
      schema: isCustom ? CUSTOM_BUCKETS_SCHEMA : random.nextInt(13) - 4,
      zeroThreshold,
      customValues: Float64Array.from(customValues),
    },
    bucketsMax: isCustom ? customValues.length + 1 : 20,
    indexes: new Set(Array.from({ length: random.nextInt(8) }, () => random.nextInt(8))),
    counts: new Map(),
    countScale: [1, 1, 300, 2 ** 30, 2 ** 45][random.nextInt(5)] ?? 1,
  };
}

function grownHistogram(random: SeededRandom, shape: Shape): NativeHistogram {
  const { isInteger, isGauge, scale, counts } = shape;
  const isCustom = scale.schema === CUSTOM_BUCKETS_SCHEMA;
  const grow = (index: number): number => {
    const more = random.nextFloat() * 4 * shape.countScale;
    const before = isGauge ? 0 : (counts.get(index) ?? 0);
    // All buckets together stay below 2^53.
    const count = (before < 2 ** 47 ? before : 0) + (isInteger ? Math.floor(more) : more);
    counts.set(index, count);
    return count;
  };
  const indexes = [...shape.indexes].sort((left, right) => left - right);
  const positive = bucketsOf(indexes, indexes.map(grow));
  const mirrored = isCustom ? [] : indexes.slice(2);
  const negative = bucketsOf(
    mirrored,
    mirrored.map((index) => grow(-1 - index)),
  );
  const zeroCount = isCustom ? 0 : grow(1000);
  const inBuckets = [...positive.counts, ...negative.counts].reduce((sum, count) => sum + count, zeroCount);
  const hints = ['unknown', 'unknown', 'not-reset', 'reset'] as const;
  return {
    isInteger,
    counterResetHint: isGauge ? 'gauge' : (hints[random.nextInt(hints.length)] ?? 'unknown'),
    ...scale,
    zeroCount,
    count: inBuckets,
    sum: random.nextInt(9) === 0 ? Number.NaN : (random.nextFloat() - 0.3) * 1000,
    isStale: false,
    positive,
    negative,
  };
}

/** All but the hint, in a form that compares: buckets that count nothing are left out, as a chunk may add them. */
export function comparable({ timestampMs, histogram }: HistogramSample): unknown {
  const { counterResetHint: _hint, positive, negative, customValues, ...rest } = histogram;
  return {
    timestampMs,
    ...rest,
    positive: countsOf(positive),
    negative: countsOf(negative),
    customValues: [...customValues],
  };
}

function countsOf(buckets: HistogramBuckets): [number, number][] {
  const counts: [number, number][] = [];
  walkBuckets(buckets, (index, count) => {
    if (count !== 0) counts.push([index, count]);
  });
  return counts;
}
