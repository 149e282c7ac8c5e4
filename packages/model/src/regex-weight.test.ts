import { describe, expect, it } from 'vitest';
import { LabelRegex } from './label-regex.ts';
import { RegexBudget, regexWeight } from './regex-weight.ts';

const TOO_HEAVY = expect.objectContaining({
  code: 'ERR_MATCHER_REGEX_WEIGHT_MAX',
  kind: 'bad-data',
}) as unknown;

describe('regexWeight', () => {
  it.each([
    ['abc', 3],
    ['a{3}b', 4],
    ['(ab){10}', 30],
    ['((a{10}b){10}c){10}', 1220],
    ['a{2,5}', 5],
    ['a{,5}', 5],
    ['\\{3}', 3],
    ['[]a]{5}', 5],
    ['[a-f0-9]{2}', 4],
    ['[[:digit:]]]', 103],
    ['[^a]{2}', 202],
    ['\\pL{3}', 300],
    ['\\p{Greek}\\PN', 200],
    ['[B-\u{1ffff}]', 1],
    ['(?i)[B-\u{1ffff}]', 983],
    ['(?si:[B-\u{1ffff}]x)', 986],
    ['(?i)[--\u{1e900}]', 982],
    ['(?i)[^--\u{1e900}]', 1082],
    ['(?i)[a-b--\u{1e900}]', 984],
    ['(?i)[[:alpha:]--\u{1e900}]', 2063],
    ['(?i)[a-zа-я]{2}', 11],
    ['(?i)[\\w-.]', 1083],
    ['(a', 1],
    ['[a', 1],
    ['\\', 1],
  ])('of %s is %d', (pattern, weight) => {
    expect(regexWeight(pattern)).toBe(weight);
  });

  it.each(['[[:', '\\p{', '{1', '[', '('])('takes time in proportion to a text of %s', (part) => {
    const shortMs = timeMs(part.repeat(10_000));
    const longMs = timeMs(part.repeat(80_000));
    expect(longMs).toBeLessThan(40 * shortMs + 20);
  });
});

function timeMs(pattern: string): number {
  const startMs = performance.now();
  regexWeight(pattern);
  return performance.now() - startMs;
}

describe('limits', () => {
  it('refuse a regex that is too heavy before it is compiled', () => {
    expect(() => new LabelRegex('(a|b{1000}|c)'.repeat(1000))).toThrow(TOO_HEAVY);
    expect(() => new LabelRegex('(?i)\\pL'.repeat(3000))).toThrow(TOO_HEAVY);
    expect(() => new LabelRegex(`(?i)[${'B-\u{1ffff}'.repeat(150)}]`)).toThrow(TOO_HEAVY);
  });

  it('let a long list of hosts pass, and more where no engine is needed', () => {
    const hosts = Array.from({ length: 3000 }, (_, index) => `host-${index}\\.example\\.com`).join('|');
    expect(new LabelRegex(hosts, new RegexBudget(0)).matches('host-77.example.com')).toBe(true);
    expect(new LabelRegex(`(${hosts}):9[0-9]+`).matches('host-77.example.com:9100')).toBe(true);
  });

  it('are shared by the regexes of a request', () => {
    const budget = new RegexBudget(7);
    budget.take('abc');
    budget.take('a{4}');
    expect(() => budget.take('a')).toThrow(TOO_HEAVY);
  });
});
