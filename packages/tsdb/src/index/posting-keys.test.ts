import { expect, it } from 'vitest';
import { postingKey, valuePart, valuePrefixRange } from './posting-keys.ts';

const LONG = '名'.repeat(300);

it.each([
  ['ASCII', 'p'.repeat(255)],
  ['the length that a cut key keeps', 'p'.repeat(256)],
  ['a longer one', 'p'.repeat(2000)],
  ['zeros', '\0'.repeat(256)],
  ['characters of three bytes', LONG],
])('the keys of values with a long prefix are those of that prefix alone: %s', (_what, prefix) => {
  const { start, endExclusive } = valuePrefixRange('name', prefix);
  const isInside = (value: string, name = 'name'): boolean => {
    const key = postingKey(name, valuePart(value), 7);
    return Buffer.compare(key, start) >= 0 && Buffer.compare(key, endExclusive) < 0;
  };
  for (const end of ['', 'q', 'q'.repeat(1000)]) expect(isInside(prefix + end)).toBe(true);
  for (const value of ['', 'a', prefix.slice(0, 10), `q${prefix}`, `${prefix.slice(0, 80)}q`])
    expect(isInside(value)).toBe(false);
  expect(isInside(prefix, 'other')).toBe(false);
});
