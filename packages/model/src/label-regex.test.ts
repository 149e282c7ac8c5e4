import { WorkTicker } from '@promontory/base';
import { describe, expect, it } from 'vitest';
import { LabelRegex } from './label-regex.ts';

const LONG = `${'a'.repeat(3999)}!`;
/** Each takes the engine, or the search, a tenth of a second and more on a long value. */
const HEAVY: readonly (readonly [what: string, pattern: string])[] = [
  ['an engine of many steps', '(a?){1000}(a?){1000}(a?){1000}.*!'],
  ['repetitions that end alike', '(a?){1000}a{1000}.*!'],
  ['many alternatives', `${Array.from({ length: 5000 }, (_, index) => `.*ab${index}.*`).join('|')}|.*!`],
];

/** Throws at the nth look. */
class Looks {
  count = 0;
  readonly ticker: WorkTicker;

  constructor(countMax = Infinity) {
    this.ticker = new WorkTicker(() => {
      if (++this.count >= countMax) throw new Error(`look ${this.count}`);
    });
  }
}

describe('a match that takes long', () => {
  it.each(HEAVY)('is looked after while it goes on: %s', (_what, pattern) => {
    const regex = new LabelRegex(pattern);
    const all = new Looks();
    expect(regex.matches(LONG, all.ticker)).toBe(true);
    expect(all.count).toBeGreaterThan(9);
    for (const countMax of [1, 2, all.count]) {
      const looks = new Looks(countMax);
      expect(() => regex.matches(LONG, looks.ticker)).toThrow(`look ${countMax}`);
    }
    expect([regex.matches(LONG), regex.matches(LONG, new Looks().ticker), regex.matches('b')]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('is looked after when it captures, too', () => {
    const regex = new LabelRegex('(a?){1000}(?P<rest>(a?){1000}.*)!');
    const all = new Looks();
    const watched = regex.capture(LONG, all.ticker);
    expect(all.count).toBeGreaterThan(9);
    expect(watched?.groups).toEqual(regex.capture(LONG)?.groups);
    expect(() => regex.capture(LONG, new Looks(3).ticker)).toThrow('look 3');
    expect(regex.capture(LONG)?.groups[2]).toBe(watched?.groups[2]);
  });

  it('counts as so many short ones', () => {
    const hosts = Array.from({ length: 500 }, (_, index) => `host-${index}`).join('|');
    const looks = new Looks();
    const regex = new LabelRegex(`(${hosts}):[0-9]+`);
    for (let index = 0; index < 1000; index++) regex.matches(`host-${index}:9100`, looks.ticker);
    expect(looks.count).toBeGreaterThan(10);
    const few = new Looks();
    const light = new LabelRegex('host-[0-9]+');
    for (let index = 0; index < 1000; index++) light.matches(`host-${index}`, few.ticker);
    expect(few.count).toBe(0);
  });
});
