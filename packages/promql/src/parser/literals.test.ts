import { describe, expect, it } from 'vitest';
import { formatDuration, parseDurationMs } from './duration.ts';
import { parseGoFloat, readNumberToken } from './number-literal.ts';
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

  it.each([
    ['', 'empty duration string'],
    ['1', 'not a valid duration string: "1"'],
    ['-5m', 'not a valid duration string: "-5m"'],
    ['1m1h', 'not a valid duration string: "1m1h"'],
    ['1y1y', 'not a valid duration string: "1y1y"'],
    [' 5m', 'not a valid duration string: " 5m"'],
    ['5hs', 'unknown unit "hs" in duration "5hs"'],
    ['5M', 'unknown unit "M" in duration "5M"'],
    ['1.5h', 'unknown unit "." in duration "1.5h"'],
    ['300y', 'duration out of range'],
  ])('%j is none', (text, message) => {
    expect(() => parseDurationMs(text)).toThrow(message);
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

describe('readNumberToken', () => {
  it.each([
    ['12.34e6', 12_340_000],
    ['.5', 0.5],
    ['5.', 5],
    ['5.e3', 5000],
    ['1E-2', 0.01],
    ['0', 0],
    ['0x1f', 31],
    ['0X_1F', 31],
    ['0777', 511],
    ['089', 89],
    ['1_000.5', 1000.5],
    ['Inf', Infinity],
    ['nAn', NaN],
    // Where 64 bits end, decimal reading begins.
    ['9223372036854775808', 2 ** 63],
    ['01000000000000000000000', 1e21],
  ])('%s is %d', (token, value) => {
    expect(readNumberToken(token)).toEqual({ value });
  });

  it.each([
    ['0.1.2', 'strconv.ParseFloat: parsing "0.1.2": invalid syntax'],
    ['0x1e+5', 'strconv.ParseFloat: parsing "0x1e+5": invalid syntax'],
    ['1e999', 'strconv.ParseFloat: parsing "1e999": value out of range'],
  ])('%s is none', (token, reason) => {
    expect(readNumberToken(token)).toEqual({ reason });
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
    expect(quoteString('a\u00a0\u200b\u{e0001}')).toBe(String.raw`"a\u00a0\u200b\U000e0001"`);
    expect(quoteString('日本 😀')).toBe('"日本 😀"');
  });

  it('takes long ones, also with invalid bytes, in little time', () => {
    const value = unquoteString(`"${String.raw`\xffa`.repeat(50_000)}"`) ?? '';
    expect(value).toBe('\udcffa'.repeat(50_000));
  });
});
