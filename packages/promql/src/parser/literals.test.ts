import { describe, expect, it } from 'vitest';
import { formatDuration, parseDurationMs } from './duration.ts';
import { parseGoFloat, parseNumberToken } from './number-literal.ts';
import { isValidUtf8, quoteString, unquoteString } from './string-literal.ts';

describe('durations', () => {
  it.each([
    ['0', 0],
    ['0s', 0],
    ['324ms', 324],
    ['3s', 3000],
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['4d1h', 349_200_000],
    ['3w', 1_814_400_000],
    ['1y2w3d4h5m6s7ms', 33_019_506_007],
  ])('%s is %d ms', (text, durationMs) => {
    expect(parseDurationMs(text)).toBe(durationMs);
    expect(parseDurationMs(formatDuration(durationMs))).toBe(durationMs);
  });

  it.each(['', '1', '5mm', '1m1h', '-5m', '5M', '1.5h', '300y', ' 5m'])('%j is none', (text) => {
    expect(() => parseDurationMs(text)).toThrow(/duration/);
  });

  it.each([
    [0, '0s'],
    [90_000, '1m30s'],
    [604_800_000, '1w'],
    [691_200_000, '8d'],
    [1, '1ms'],
    [-60_000, '-1m'],
  ])('%d ms is %s', (durationMs, text) => {
    expect(formatDuration(durationMs)).toBe(text);
  });
});

describe('parseNumberToken', () => {
  it.each([
    ['12.34e6', 12_340_000],
    ['.5', 0.5],
    ['0x1f', 31],
    ['0777', 511],
    ['089', 89],
    ['1_000.5', 1000.5],
    ['Inf', Infinity],
    ['nAn', NaN],
    ['1h1ms', 3600.001],
  ])('%s is %d', (token, value) => {
    expect(parseNumberToken(token)).toBe(value);
  });
});

describe('parseGoFloat', () => {
  it.each([
    ['+Inf', Infinity],
    ['-inf', -Infinity],
    ['.2', 0.2],
    ['2.', 2],
    ['1e0', 1],
    ['-0.1', -0.1],
    ['', null],
    ['many', null],
    ['1 ', null],
    ['0x', null],
  ])('%j is %s', (text, value) => {
    expect(parseGoFloat(text)).toBe(value);
  });
});

describe('strings', () => {
  it.each([
    ['"a"', 'a'],
    ["'a\"b'", 'a"b'],
    ['`a\\n`', 'a\\n'],
    [String.raw`"\a\b\f\n\r\t\v\\\""`, '\x07\b\f\n\r\t\v\\"'],
    [String.raw`"\x41\101\u00e9\U0001F600"`, 'AAé😀'],
    [String.raw`"\xc3\xa9"`, 'é'],
    ['"é😀"', 'é😀'],
  ])('unquotes %s', (literal, value) => {
    expect(unquoteString(literal)).toBe(value);
  });

  it.each(['"a', '"', String.raw`"\q"`, String.raw`"\x4"`, String.raw`"\ud800"`, String.raw`"\'"`, '"a\nb"'])(
    'refuses %s',
    (literal) => {
      expect(unquoteString(literal)).toBeNull();
    },
  );

  it('keeps bytes that are not UTF-8 recognisable', () => {
    const value = unquoteString(String.raw`"a\xc5z"`) ?? '';
    expect(isValidUtf8(value)).toBe(false);
    expect(quoteString(value)).toBe(String.raw`"a\xc5z"`);
  });

  it('quotes what needs it', () => {
    expect(quoteString('a"b\\\n\x01é')).toBe(String.raw`"a\"b\\\n\x01é"`);
  });
});
