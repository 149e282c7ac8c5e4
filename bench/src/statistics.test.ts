import { expect, it } from 'vitest';
import { geometricMean, median, quantileOfSorted, spread } from './statistics.ts';

it.each([
  [[5], 5, 0],
  [[1, 3], 2, 0.5],
  [[4, 1, 2], 2, 0.75],
  [[10, 10, 10], 10, 0],
])('median and spread of %j', (values, middle, tolerance) => {
  expect(median(values)).toBe(middle);
  expect(spread(values)).toBe(tolerance);
});

it('a quantile is the smallest value that so many are not above', () => {
  const sorted = Float64Array.from({ length: 100 }, (_, index) => index + 1);
  expect([0, 0.5, 0.99, 1].map((fraction) => quantileOfSorted(sorted, fraction))).toEqual([1, 50, 99, 100]);
});

it('a geometric mean takes twice as fast and half as fast for as fast', () => {
  expect(geometricMean([2, 0.5])).toBeCloseTo(1, 12);
  expect(geometricMean([1, 10, 100])).toBeCloseTo(10, 10);
  expect(geometricMean([])).toBeNaN();
});
