import { describe, expect, it } from 'vitest';
import { parseStartTimestampLine } from './start-timestamp-notation.ts';

const MINUTE_MS = 60_000;

describe('parseStartTimestampLine', () => {
  it.each([
    ['-1m', [-MINUTE_MS]],
    ['0 0s -0ms 1ms +2s', [0, 0, 0, 1, 2000]],
    ['-1h30m', [-90 * MINUTE_MS]],
    ['_ -1m _x2', [null, -MINUTE_MS, null, null]],
    ['-1mx2', [-MINUTE_MS, -MINUTE_MS, -MINUTE_MS]],
    ['-30s-1mx2', [-30_000, -90_000, -150_000]],
    ['1ms+1mx1', [1, 60_001]],
    ['0-1mx1', [0, -MINUTE_MS]],
    ['-1m _ * *x1', [-MINUTE_MS, null, -MINUTE_MS, -MINUTE_MS, -MINUTE_MS]],
    ['*', [0]],
  ])('reads %j', (text, offsetsMs) => {
    expect(parseStartTimestampLine(`total@st ${text}`)?.offsetsMs).toEqual(offsetsMs);
  });

  it.each([
    ['total@st 0', 'total'],
    ['total{job="a b"}@st\t0', 'total{job="a b"}'],
    ['{job="a"}@st   0', '{job="a"}'],
    ['@st 0', undefined],
  ])('reads the labels of %j', (text, labels) => {
    expect(parseStartTimestampLine(text)?.labels?.toString()).toBe(labels);
  });

  it.each(['total 0', 'total{job="x@st"} 1', 'total@start 1'])('leaves %j to others', (text) => {
    expect(parseStartTimestampLine(text)).toBeNull();
  });

  it.each(['-1', 'm', '-1m-', '-1m-1m', '-1mx', '*-1mx2', '_x0', '1.5s', ''])('refuses %j', (text) => {
    expect(() => parseStartTimestampLine(`total@st ${text}`)).toThrow('cannot read script');
  });
});
