import { ManualClock } from '@promontory/base';
import { expect, it } from 'vitest';
import { RequestRate } from './request-rate.ts';

function takes(rate: RequestRate, attempts: number): number {
  let taken = 0;
  for (let attempt = 0; attempt < attempts; attempt++) {
    try {
      rate.mustTake();
      taken++;
    } catch {
      // Counted by those that are not.
    }
  }
  return taken;
}

it('takes a burst of a second, and then as many as time brings', () => {
  const clock = new ManualClock(0);
  const rate = new RequestRate(10, clock);
  expect(takes(rate, 20)).toBe(10);
  clock.advance(250);
  expect(takes(rate, 20)).toBe(2);
  clock.advance(60_000);
  expect(takes(rate, 20)).toBe(10);
});

it('says that it is the limit of the instance, and when to come back', () => {
  const rate = new RequestRate(1, new ManualClock(0));
  rate.mustTake();
  expect(() => rate.mustTake()).toThrow(
    expect.objectContaining({
      code: 'ERR_REQUEST_RATE',
      kind: 'overload',
      context: { scope: 'instance', retryAfterMs: 1000 },
    }),
  );
});

it('has no bound when none is set', () => {
  expect(takes(new RequestRate(0, new ManualClock(0)), 1000)).toBe(1000);
});
