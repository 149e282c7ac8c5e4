import { describe, expect, it } from 'vitest';
import { CounterValues, HistogramValues } from './stepped-values.ts';

describe('CounterValues', () => {
  it('grow, rest and start again', () => {
    const values = new CounterValues(100, 1);
    const counts = { grown: 0, same: 0, restarted: 0 };
    for (let step = 0; step < 1000; step++) {
      const before = Float64Array.from(values.current);
      values.step();
      for (const [index, value] of values.current.entries()) {
        const change = value - before[index]!;
        counts[change > 0 ? 'grown' : change < 0 ? 'restarted' : 'same']++;
      }
    }
    // One restart in 2,000 steps, one rest in 10 and a few more by rounding, of 100,000.
    expect(counts.restarted).toBeGreaterThan(20);
    expect(counts.restarted).toBeLessThan(100);
    expect(counts.same).toBeGreaterThan(9000);
    expect(counts.grown).toBeGreaterThan(80_000);
  });

  it('are the same for the same seed and others for another', () => {
    const textOf = (seed: number): string => {
      const values = new CounterValues(10, seed);
      for (let step = 0; step < 10; step++) values.step();
      return values.current.join();
    };
    expect(textOf(1)).toBe(textOf(1));
    expect(textOf(1)).not.toBe(textOf(2));
  });

  it('have three decimals or none', () => {
    const values = new CounterValues(8, 3);
    for (let step = 0; step < 5; step++) values.step();
    expect([1, 2, 3, 5].every((index) => Number.isInteger(values.current[index]))).toBe(true);
    expect(Number(values.current[0]?.toFixed(3))).toBe(values.current[0]);
  });
});

it('HistogramValues include the counts of the buckets before', () => {
  const values = new HistogramValues(20, 11, 1);
  let restarts = 0;
  let smallerThanBefore = 0;
  for (let step = 0; step < 2000; step++) {
    const before = Float64Array.from(values.current);
    values.step();
    for (let index = 0; index < values.current.length; index++) {
      if (index % 11 > 0 && values.current[index]! < values.current[index - 1]!) smallerThanBefore++;
      if (index % 11 === 10 && values.current[index]! < before[index]!) restarts++;
    }
  }
  expect(smallerThanBefore).toBe(0);
  expect(restarts).toBeGreaterThan(3);
  expect(restarts).toBeLessThan(60);
});
