import { expect, it } from 'vitest';
import { boundText } from './bound-text.ts';

it.each([
  [0, '0'],
  [-0, '-0'],
  [1, '1'],
  [0.005, '0.005'],
  [-2.5, '-2.5'],
  [1e-7, '0.0000001'],
  [1.25e-9, '0.00000000125'],
  [1e21, '1000000000000000000000'],
  [-1.5e22, '-15000000000000000000000'],
  [1e6, '1000000'],
  [Number.POSITIVE_INFINITY, '+Inf'],
  [Number.NEGATIVE_INFINITY, '-Inf'],
  [Number.NaN, 'NaN'],
])('%d is written as %s', (bound, text) => {
  expect(boundText(bound)).toBe(text);
});

it('decimals read back as the number', () => {
  for (const bound of [Number.MAX_VALUE, Number.MIN_VALUE, 1 / 3, 123_456.789e30]) {
    expect(Number(boundText(bound))).toBe(bound);
  }
});
