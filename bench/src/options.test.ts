import { describe, expect, it } from 'vitest';
import { readOptions } from './options.ts';

describe('readOptions', () => {
  it('has defaults for a full and for a smoke run', () => {
    expect(readOptions([])).toMatchObject({
      isSmoke: false,
      only: undefined,
      rounds: 3,
      queryPattern: undefined,
    });
    expect(readOptions(['--profile'])).toMatchObject({ isProfile: true, rounds: 1 });
    expect(readOptions(['--smoke'])).toMatchObject({ isSmoke: true, rounds: 1 });
  });

  it('reads everything', () => {
    const options = readOptions([
      '--only',
      'promontory,prometheus',
      '--rounds',
      '7',
      '--case',
      '^ingest',
      '--series',
      '500',
      '--queries',
      '^rate\\(',
    ]);
    expect(options.only).toEqual(['promontory', 'prometheus']);
    expect(options.rounds).toBe(7);
    expect(options.seriesCount).toBe(500);
    expect(options.casePattern.test('ingest.knownSeries')).toBe(true);
    expect(options.queryPattern?.test('rate(m[5m]) 240×15s')).toBe(true);
    expect(options.queryPattern?.test('sum(rate(m[5m])) 240×15s')).toBe(false);
  });

  it.each([
    [['--only', 'nobody'], /--only nobody: want some of/],
    [['--rounds', '0'], /--rounds 0: want a whole number/],
    [['--rounds', 'x'], /--rounds x: want a whole number/],
    [['--series', '1.5'], /--series 1.5: want a whole number/],
    [['--what'], /Unknown option '--what'/],
    [['--case', '('], /Invalid regular expression/],
    [['--queries', '('], /Invalid regular expression/],
  ])('refuses %j', (args, message) => {
    expect(() => readOptions(args)).toThrow(message);
  });
});
