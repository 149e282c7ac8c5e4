/** Native histograms for tests, also of the packages that store and send them. */
import type { SeededRandom } from '@promontory/base';
import { bucketsOf, emptyBuckets, staleHistogram } from './histogram-buckets.ts';
import {
  CUSTOM_BUCKETS_SCHEMA,
  COUNTER_RESET_HINTS,
  type HistogramBuckets,
  type NativeHistogram,
} from './native-histogram.ts';

/** An integer histogram with three buckets whose counts add up, changed as asked. */
export function makeHistogram(change: Partial<NativeHistogram> = {}): NativeHistogram {
  return {
    isInteger: true,
    counterResetHint: 'unknown',
    schema: 0,
    zeroThreshold: 2 ** -128,
    zeroCount: 1,
    count: 6,
    sum: 18.4,
    isStale: false,
    positive: bucketsOf([0, 1], [2, 3]),
    negative: emptyBuckets(),
    customValues: new Float64Array(0),
    ...change,
  };
}

/** A valid histogram of any kind. */
export function randomHistogram(random: SeededRandom): NativeHistogram {
  const isInteger = random.nextInt(2) === 0;
  if (random.nextInt(20) === 0) return staleHistogram(isInteger);
  const isCustom = random.nextInt(4) === 0;
  const customValues = Float64Array.from({ length: isCustom ? random.nextInt(12) : 0 }, (_, at) => at * 1.5);
  const bucketsMax = isCustom ? customValues.length + 1 : 40;
  const positive = randomBuckets(random, isInteger, isCustom ? 0 : random.nextInt(400) - 200, bucketsMax);
  const negative = isCustom
    ? emptyBuckets()
    : randomBuckets(random, isInteger, -random.nextInt(9), random.nextInt(10));
  const zeroCount = isCustom ? 0 : randomCount(random, isInteger);
  const total = [...positive.counts, ...negative.counts].reduce((sum, count) => sum + count, zeroCount);
  return {
    isInteger,
    counterResetHint: COUNTER_RESET_HINTS[random.nextInt(COUNTER_RESET_HINTS.length)] ?? 'unknown',
    schema: isCustom ? CUSTOM_BUCKETS_SCHEMA : random.nextInt(13) - 4,
    zeroThreshold: isCustom ? 0 : ([0, 2 ** -128, 0.001][random.nextInt(3)] ?? 0),
    zeroCount,
    count: total,
    sum: random.nextInt(8) === 0 ? Number.NaN : (random.nextFloat() - 0.5) * 1e6,
    isStale: false,
    positive,
    negative,
    customValues,
  };
}

function randomBuckets(
  random: SeededRandom,
  isInteger: boolean,
  first: number,
  bucketsMax: number,
): HistogramBuckets {
  const indexes: number[] = [];
  for (let index = first; index < first + bucketsMax; index++) {
    if (random.nextInt(3) > 0) indexes.push(index);
  }
  return bucketsOf(
    indexes,
    indexes.map(() => randomCount(random, isInteger)),
  );
}

function randomCount(random: SeededRandom, isInteger: boolean): number {
  if (!isInteger) return random.nextFloat() * 1000;
  return random.nextInt(10) === 0 ? random.nextInt(2 ** 32) * 2 ** 12 : random.nextInt(300);
}
