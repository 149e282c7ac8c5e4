import { expect, it } from 'vitest';
import { compareNaturally } from './natural-order.ts';

it('orders runs of digits as numbers', () => {
  const sorted = ['', '1', '2', '10', '12', 'a1b2', 'a1b10', 'a02', 'a10', 'b', 'b0'];
  expect(sorted.toReversed().sort(compareNaturally)).toEqual(sorted);
});
