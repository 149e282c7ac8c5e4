/** A histogram of a result against the one that a script expects. */
import { walkBuckets, type HistogramBuckets, type NativeHistogram } from '@promontory/model';
import { almostEqual } from './almost-equal.ts';
import type { DescribedHistogram } from './script.ts';

interface FilledBucket {
  readonly index: number;
  readonly count: number;
}

/**
 * Counts and sums may differ as floats may; schema, bounds and which buckets have observations may not. Empty buckets
 * count as absent, and the counter reset hint matters only where the script gives one.
 *
 * @returns the first difference, or null
 */
export function differenceOfHistograms(
  { histogram: expected, isHintGiven }: DescribedHistogram,
  actual: NativeHistogram,
): string | null {
  if (actual.isStale) return 'it is a marker of staleness';
  const isHintRight = !isHintGiven || expected.counterResetHint === actual.counterResetHint;
  return (
    differenceOfNumbers('schema', expected.schema, actual.schema, isSame) ??
    differenceOfNumbers('count', expected.count, actual.count, almostEqual) ??
    differenceOfNumbers('sum', expected.sum, actual.sum, almostEqual) ??
    differenceOfBounds(expected.customValues, actual.customValues) ??
    differenceOfNumbers('zero threshold', expected.zeroThreshold, actual.zeroThreshold, isSame) ??
    differenceOfNumbers('zero count', expected.zeroCount, actual.zeroCount, almostEqual) ??
    differenceOfBuckets('negative', expected.negative, actual.negative) ??
    differenceOfBuckets('positive', expected.positive, actual.positive) ??
    (isHintRight
      ? null
      : `counter reset hint is ${actual.counterResetHint}, want ${expected.counterResetHint}`)
  );
}

function differenceOfNumbers(
  what: string,
  expected: number,
  actual: number,
  isEqual: (expected: number, actual: number) => boolean,
): string | null {
  return isEqual(expected, actual) ? null : `${what} is ${actual}, want ${expected}`;
}

function isSame(expected: number, actual: number): boolean {
  return expected === actual;
}

function differenceOfBounds(expected: Float64Array, actual: Float64Array): string | null {
  const [wanted, got] = [expected.join(' '), actual.join(' ')];
  return wanted === got ? null : `custom bounds are [${got}], want [${wanted}]`;
}

function differenceOfBuckets(
  sign: string,
  expected: HistogramBuckets,
  actual: HistogramBuckets,
): string | null {
  const wanted = filledBuckets(expected);
  const got = filledBuckets(actual);
  const isEqual =
    wanted.length === got.length &&
    wanted.every(
      ({ index, count }, at) => got[at]?.index === index && almostEqual(count, got[at]?.count ?? NaN),
    );
  return isEqual ? null : `${sign} buckets are ${bucketsText(got)}, want ${bucketsText(wanted)}`;
}

function filledBuckets(buckets: HistogramBuckets): FilledBucket[] {
  const filled: FilledBucket[] = [];
  walkBuckets(buckets, (index, count) => {
    if (count !== 0) filled.push({ index, count });
  });
  return filled;
}

/** Indexes and counts: `[0:5 1:10 4:7]`. */
function bucketsText(buckets: readonly FilledBucket[]): string {
  return `[${buckets.map(({ index, count }) => `${index}:${count}`).join(' ')}]`;
}
