import { SeededRandom } from '@promontory/base';
import { describe, expect, it } from 'vitest';
import { civilDate, dayOfWeek, dayOfYear, daysInMonth, secondOfDay } from './civil-date.ts';

describe('civilDate', () => {
  it('agrees with Date wherever Date can answer', () => {
    const random = new SeededRandom(11);
    for (let round = 0; round < 5000; round++) {
      const seconds = Math.floor((random.nextFloat() - 0.5) * 1.6e13);
      const date = new Date(seconds * 1000);
      const year = date.getUTCFullYear();
      expect(civilDate(seconds)).toEqual({ year, month: date.getUTCMonth() + 1, day: date.getUTCDate() });
      expect(dayOfWeek(seconds)).toBe(date.getUTCDay());
      expect(secondOfDay(seconds)).toBe(((seconds % 86_400) + 86_400) % 86_400);
      const lastOfMonth = new Date(date);
      lastOfMonth.setUTCMonth(date.getUTCMonth() + 1, 0);
      expect(daysInMonth(seconds)).toBe(lastOfMonth.getUTCDate());
      const firstOfYear = new Date(date);
      firstOfYear.setUTCMonth(0, 1);
      expect(dayOfYear(seconds)).toBe(Math.round((date.getTime() - firstOfYear.getTime()) / 86_400_000) + 1);
    }
  });

  it('answers beyond, as a 64-bit clock does', () => {
    expect(civilDate(1e13)).toEqual({ year: 318_857, month: 5, day: 20 });
    expect(civilDate(9e18)).toEqual({ year: 285_198_648_531, month: 4, day: 21 });
    expect(civilDate(NaN)).toEqual({ year: 292_277_026_596, month: 12, day: 4 });
    expect(dayOfYear(Infinity)).toBe(339);
  });
});
