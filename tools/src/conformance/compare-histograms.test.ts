import { bucketsOf, staleHistogram, type NativeHistogram } from '@promontory/model';
import { describe, expect, it } from 'vitest';
import { almostEqual } from './almost-equal.ts';
import { differenceOfHistograms } from './compare-histograms.ts';
import { parseHistogram } from './histogram-notation.ts';

const EXPONENTIAL =
  'schema:1 sum:10 count:20 z_bucket:2 z_bucket_w:0.5 buckets:[1 2 0 4] offset:3 n_buckets:[5 6] n_offset:-1';
const CUSTOM = 'schema:-53 sum:10 count:3 custom_values:[1 2] buckets:[1 2]';

function difference(expected: string, actual: string | NativeHistogram): string | null {
  const histogram = typeof actual === 'string' ? parseHistogram(actual).histogram : actual;
  return differenceOfHistograms(parseHistogram(expected), histogram);
}

describe('differenceOfHistograms', () => {
  it.each([EXPONENTIAL, CUSTOM, ''])('finds none between {{%s}} and itself', (text) => {
    expect(difference(text, text)).toBeNull();
  });

  it.each([
    ['schema:1', 'schema:2', 'schema is 2, want 1'],
    ['sum:10', 'sum:10.001', 'sum is 10.001, want 10'],
    ['sum:10', 'sum:NaN', 'sum is NaN, want 10'],
    ['count:20', 'count:19', 'count is 19, want 20'],
    ['z_bucket:2', 'z_bucket:3', 'zero count is 3, want 2'],
    ['z_bucket_w:0.5', 'z_bucket_w:0.5000001', 'zero threshold is 0.5000001, want 0.5'],
    ['buckets:[1 2 0 4]', 'buckets:[1 3 0 4]', 'positive buckets are [3:1 4:3 6:4], want [3:1 4:2 6:4]'],
    ['buckets:[1 2 0 4]', 'buckets:[1 2 4]', 'positive buckets are [3:1 4:2 5:4]'],
    ['buckets:[1 2 0 4]', 'buckets:[1 2]', 'positive buckets are [3:1 4:2]'],
    ['buckets:[1 2 0 4]', 'buckets:[1 2 0 4 1e-9]', 'positive buckets are [3:1 4:2 6:4 7:1e-9]'],
    [' offset:3', ' offset:2', 'positive buckets are [2:1 3:2 5:4]'],
    ['n_buckets:[5 6]', 'n_buckets:[5 7]', 'negative buckets are [-1:5 0:7]'],
    ['n_offset:-1', 'n_offset:0', 'negative buckets are [0:5 1:6]'],
  ])('finds that %s is not %s', (part, wrong, complaint) => {
    expect(EXPONENTIAL).toContain(part);
    expect(difference(EXPONENTIAL, EXPONENTIAL.replace(part, wrong))).toContain(complaint);
  });

  it.each([
    ['custom_values:[1 2]', 'custom_values:[1 2.0000001]', 'custom bounds are [1 2.0000001], want [1 2]'],
    ['custom_values:[1 2]', 'custom_values:[1]', 'custom bounds are [1], want [1 2]'],
    ['buckets:[1 2]', 'buckets:[2 1]', 'positive buckets are [0:2 1:1]'],
  ])('finds that %s is not %s', (part, wrong, complaint) => {
    expect(difference(CUSTOM, CUSTOM.replace(part, wrong))).toContain(complaint);
  });

  it('takes counts and sums that differ by rounding for equal', () => {
    const rounded = 'schema:1 sum:10.000001 count:20.000001 z_bucket:2.0000001 z_bucket_w:0.5 buckets:[1 2 0 4.0000001] offset:3 n_buckets:[5 6] n_offset:-1'; // prettier-ignore
    expect(difference(EXPONENTIAL, rounded)).toBeNull();
  });

  it('takes empty buckets for absent and any spans for the same buckets', () => {
    const split: NativeHistogram = {
      ...parseHistogram('').histogram,
      positive: {
        spanOffsets: Int32Array.of(-2, 1, 0, 0, 2),
        spanLengths: Uint32Array.of(1, 0, 1, 2, 1),
        counts: Float64Array.of(0, 3, 4, 0, 5),
      },
    };
    // Spans: bucket -2, then one left out, then 0, 1 and 2, then two left out, then 5.
    expect(bucketsOf([-2, 0, 1, 2, 5], [0, 3, 4, 0, 5]).counts).toEqual(split.positive.counts);
    expect(difference('buckets:[3 4 0 0 0 5]', split)).toBeNull();
    expect(difference('buckets:[3 4 0 0 5]', split)).not.toBeNull();
  });

  const hint = 'counter_reset_hint';

  it.each([
    ['', `${hint}:gauge`, null],
    [`${hint}:gauge`, `${hint}:gauge`, null],
    [`${hint}:unknown`, '', null],
    [`${hint}:unknown`, `${hint}:not_reset`, 'counter reset hint is not-reset, want unknown'],
    [`${hint}:gauge`, '', 'counter reset hint is unknown, want gauge'],
    [`${hint}:not_reset`, `${hint}:reset`, 'counter reset hint is reset, want not-reset'],
  ])('compares the hint of {{%s}} with that of {{%s}} where it is given', (expected, actual, complaint) => {
    expect(difference(expected, actual)).toBe(complaint);
  });

  it('finds that a marker of staleness is no histogram', () => {
    expect(difference('sum:NaN', staleHistogram(false))).not.toBeNull();
  });
});

describe('almostEqual', () => {
  it.each([
    [1, 1, true],
    [1, 1.0000019, true],
    [1, 1.0000021, false],
    [-1e300, -1.0000001e300, true],
    [0, 1e-300, false],
    [0, -0, true],
    [1e-310, 1.1e-310, false],
    [NaN, NaN, true],
    [NaN, 0, false],
    [Infinity, Infinity, true],
    [Infinity, -Infinity, false],
    [Infinity, Number.MAX_VALUE, false],
  ])('%d and %d: %s', (left, right, isEqual) => {
    expect(almostEqual(left, right)).toBe(isEqual);
    expect(almostEqual(right, left)).toBe(isEqual);
  });
});
