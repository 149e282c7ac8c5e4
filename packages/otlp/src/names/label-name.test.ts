import { describe, expect, it } from 'vitest';
import { LabelNamer } from './label-name.ts';

function namer(startsWithLetter: boolean, keepsUnderscores: boolean): LabelNamer {
  return new LabelNamer({ isEscaped: true, startsWithLetter, keepsUnderscores });
}

describe('escaped label names', () => {
  const prometheus = namer(true, true);
  const underscored = namer(false, true);
  const collapsed = namer(true, false);
  it.each([
    ['http.method', 'http_method', 'http_method', 'http_method'],
    ['a:b', 'a_b', 'a_b', 'a_b'],
    ['a..b', 'a__b', 'a__b', 'a_b'],
    ['a__b', 'a__b', 'a__b', 'a_b'],
    ['123', 'key_123', 'key_123', 'key_123'],
    ['_a', 'key_a', '_a', 'key_a'],
    ['.a', 'key_a', '_a', 'key_a'],
    ['__a', '__a', '__a', 'key_a'],
    ['__a.b__', '__a_b__', '__a_b__', '__a_b__'],
    ['__a..b__', '__a__b__', '__a__b__', '__a_b__'],
    ['größe', 'gr__e', 'gr__e', 'gr_e'],
    ['a𝄞b', 'a_b', 'a_b', 'a_b'],
    ['_', 'key_', null, 'key_'],
    ['__', null, null, 'key_'],
    ['ようこそ', null, null, 'key_'],
    ['', null, null, null],
    ['____', null, null, null],
    ['__proto__', '__proto__', '__proto__', '__proto__'],
    ['constructor', 'constructor', 'constructor', 'constructor'],
  ])('%j is %j; %j without key; %j collapsed', (attribute, ...want) => {
    expect([prometheus, underscored, collapsed].map((each) => each.nameOf(attribute))).toEqual(want);
    expect(prometheus.nameOf(attribute)).toBe(want[0]);
  });
});

it('names that are kept are what was sent', () => {
  const kept = new LabelNamer({ isEscaped: false, startsWithLetter: true, keepsUnderscores: false });
  expect(['a.b', '_x', 'größe', '', '__'].map((name) => kept.nameOf(name))).toEqual([
    'a.b',
    '_x',
    'größe',
    null,
    null,
  ]);
});
