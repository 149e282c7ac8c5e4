import { describe, expect, it } from 'vitest';
import { formatGoF, formatGoG, formatGoGRounded, formatOpenMetricsFloat } from './format-float.ts';

describe('floats as Go prints them', () => {
  it.each([
    [0, '0', '0', '0.0'],
    [-0, '-0', '-0', '0.0'],
    [1.5, '1.5', '1.5', '1.5'],
    [-2, '-2', '-2', '-2.0'],
    [123_456, '123456', '123456', '123456.0'],
    [1_234_567, '1.234567e+06', '1234567', '1.234567e+06'],
    [0.0001, '0.0001', '0.0001', '0.0001'],
    [0.000_012_34, '1.234e-05', '0.00001234', '1.234e-05'],
    [1e21, '1e+21', '1000000000000000000000', '1e+21'],
    [5e-324, '5e-324', `0.${'0'.repeat(323)}5`, '5e-324'],
    [Infinity, '+Inf', '+Inf', '+Inf'],
    [-Infinity, '-Inf', '-Inf', '-Inf'],
    [NaN, 'NaN', 'NaN', 'NaN'],
  ])('%d', (value, general, fixed, openMetrics) => {
    expect(formatGoG(value)).toBe(general);
    expect(formatGoF(value)).toBe(fixed);
    expect(formatOpenMetricsFloat(value)).toBe(openMetrics);
  });

  it.each([
    [0, '0'],
    [7, '7'],
    [10, '10'],
    [99.4, '99'],
    [99.6, '1e+02'],
    [100, '1e+02'],
    [105, '1e+02'],
    [115, '1.2e+02'],
    [125, '1.2e+02'],
    [125.5, '1.3e+02'],
    [0.125, '0.12'],
    [0.000_123, '0.00012'],
    [0.000_012_5, '1.3e-05'],
    [-4.56, '-4.6'],
    [Infinity, '+Inf'],
  ])('%d in two digits', (value, text) => {
    expect(formatGoGRounded(value)).toBe(text);
  });
});
