import { describe, expect, it } from 'vitest';
import { formatHistogram } from './format-histogram.ts';
import { custom, exponential } from './histogram-test-values.ts';

describe('the text of a histogram', () => {
  it('has the populated buckets from the lowest to the highest', () => {
    const histogram = exponential({
      schema: 3,
      zeroThreshold: 0.001,
      zeroCount: 2,
      sum: 20.25,
      positive: { 0: 1, 1: 2, 2: 0, 5: 4.5 },
      negative: { 0: 5, 1: 0.5, 7: 0 },
    });
    expect(formatHistogram(histogram)).toBe(
      '{count:15, sum:20.25, [-1.0905077326652577,-1):0.5, [-1,-0.9170040432046711):5, [-0.001,0.001]:2, ' +
        '(0.9170040432046711,1]:1, (1,1.0905077326652577]:2, (1.414213562373095,1.5422108254079407]:4.5}',
    );
  });

  it('has exponents from a million on and below 0.0001', () => {
    const histogram = exponential({
      schema: -2,
      sum: 123_456_789,
      positive: { 5: 1e6, 20: 1e21, [-4]: 123_456 },
      count: 1e-7,
    });
    expect(formatHistogram(histogram)).toBe(
      '{count:1e-07, sum:1.23456789e+08, (9.5367431640625e-07,1.52587890625e-05]:123456, ' +
        '(65536,1.048576e+06]:1e+06, (7.555786372591432e+22,1.2089258196146292e+24]:1e+21}',
    );
  });

  it('has special numbers as Go writes them', () => {
    expect(formatHistogram(exponential({ sum: NaN, count: Infinity, zeroCount: -1 }))).toBe(
      '{count:+Inf, sum:NaN, [-0,0]:-1}',
    );
  });

  it('has custom buckets with their open ends', () => {
    expect(formatHistogram(custom([-2, 5], [1, 2, 3], { sum: -4 }))).toBe(
      '{count:6, sum:-4, [-Inf,-2]:1, (-2,5]:2, (5,+Inf]:3}',
    );
    expect(formatHistogram(custom([], []))).toBe('{count:0, sum:0}');
  });
});
