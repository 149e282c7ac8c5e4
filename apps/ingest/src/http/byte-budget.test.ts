import { expect, it } from 'vitest';
import { InvariantError } from '@promontory/base';
import { ByteBudget } from './byte-budget.ts';

it('gives out no more than it has, and takes back what each share took, once', () => {
  const budget = new ByteBudget(100);
  const [one, other] = [budget.open(), budget.open()];
  expect([one.tryGrow(60), one.tryGrow(10), other.tryGrow(31), budget.bytesInUse]).toEqual([
    true,
    true,
    false,
    70,
  ]);
  expect([other.tryGrow(30), budget.bytesInUse]).toEqual([true, 100]);
  one.release();
  one.release();
  expect([budget.bytesInUse, other.tryGrow(70)]).toEqual([30, true]);
  other.release();
  expect(budget.bytesInUse).toBe(0);
});

it('refuses to get back what it never gave', () => {
  expect(() => new ByteBudget(100).give(1)).toThrow(InvariantError);
});
