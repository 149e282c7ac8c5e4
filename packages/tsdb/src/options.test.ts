import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  checkOptions,
  DEFAULT_TSDB_LIMITS,
  resolveLimits,
  type TsdbLimits,
  type TsdbWriterOptions,
} from './options.ts';

const NAMES = Object.keys(DEFAULT_TSDB_LIMITS).sort();
const LIMIT_INVALID: object = expect.objectContaining({ code: 'ERR_LIMIT_INVALID', kind: 'bad-data' });
/** The first cell of a row, when it is the name of a limit. */
const ROW = /^\| `(?<name>\w+(?:Max|Ms|Bytes))` /gm;

function documentedNames(path: string, heading: string): string[] {
  const text = readFileSync(join(import.meta.dirname, path), 'utf8');
  const [, section = ''] = text.split(`\n## ${heading}\n`);
  const [rows = ''] = section.split('\n## ');
  return Array.from(rows.matchAll(ROW), ({ groups }) => groups?.['name'] ?? '').sort();
}

describe('limits', () => {
  it.each([
    ['../README.md', 'Options'],
    ['../../../docs/limits.md', 'Storage'],
  ])('are all in %s, and no others', (path, heading) => {
    expect(documentedNames(path, heading)).toEqual(NAMES);
  });

  it('are the defaults, but for those given', () => {
    expect(resolveLimits({ seriesMax: 5 })).toEqual({ ...DEFAULT_TSDB_LIMITS, seriesMax: 5 });
    expect(resolveLimits(undefined)).toEqual(DEFAULT_TSDB_LIMITS);
  });

  it('take what is undefined as left out', () => {
    expect(resolveLimits(JSON.parse('{}'))).toEqual(DEFAULT_TSDB_LIMITS);
    const limits: Record<string, number | undefined> = { seriesMax: undefined };
    expect(resolveLimits(limits as Partial<TsdbLimits>)).toEqual(DEFAULT_TSDB_LIMITS);
  });

  it.each(['retentionMs', 'outOfOrderWindowMs', 'generationAgeMsMax', 'seriesIdleMs'] as const)(
    '%s may be Infinity',
    (option) => {
      expect(resolveLimits({ [option]: Number.POSITIVE_INFINITY })[option]).toBe(Number.POSITIVE_INFINITY);
    },
  );

  it.each(NAMES.filter((name) => !/^(?:retentionMs|outOf|generationAge|seriesIdle)/.test(name)))(
    '%s may not be Infinity',
    (option) => {
      expect(() => resolveLimits({ [option]: Number.POSITIVE_INFINITY })).toThrow(LIMIT_INVALID);
    },
  );

  const wrong: readonly [limits: object, text: RegExp][] = [
    [{ retentionMs: -1 }, /limit retentionMs is -1, want a whole number from 1 to \d+, or Infinity$/],
    [{ seriesMax: Number.NaN }, /seriesMax is NaN/],
    [{ seriesMax: 2 ** 31 }, /want a whole number from 0 to 2147483647$/],
    [{ seriesMax: 1.5 }, /seriesMax is 1.5/],
    [{ seriesMax: '5' }, /seriesMax is '5'/],
    [{ seriesMax: null }, /seriesMax is null/],
    [{ headBytesMax: 16 * 1024 ** 3 + 1 }, /headBytesMax is 17179869185/],
    [{ headBytesMax: 2 ** 24 + 0.5 }, /headBytesMax/],
    [{ headBytesMax: 0 }, /headBytesMax is 0/],
    [{ diskReserveBytes: 0 }, /want a whole number from 8388608 to/],
    [{ futureWindowMs: 2 ** 52 }, /futureWindowMs/],
    [{ labelNameBytesMax: 513 }, /want a whole number from 8 to 512$/],
    [{ labelValueBytesMax: 65_536 }, /labelValueBytesMax/],
    [{ retentionMS: 5 }, /there is no limit retentionMS/],
    [{ toString: 5 }, /there is no limit toString/],
  ];
  it.each(wrong)('%j is refused', (limits, text) => {
    expect(() => resolveLimits(limits)).toThrow(LIMIT_INVALID);
    expect(() => resolveLimits(limits)).toThrow(text);
  });
});

describe('options', () => {
  it.each([
    [{}, /directory is missing/],
    [{ directory: '' }, /directory/],
    [{ directory: 'd', durablity: 'disk' }, /there is no option durablity/],
    [{ directory: 'd', durability: 'none' }, /durability is 'none'/],
    [{ directory: 'd', onDamage: true }, /onDamage is true/],
    [{ directory: 'd', limits: 5 }, /limits is 5/],
  ])('%j are refused', (options, text) => {
    const check = (): void => checkOptions(options as TsdbWriterOptions);
    expect(check).toThrow(LIMIT_INVALID);
    expect(check).toThrow(text);
  });

  it('that are undefined are left out', () => {
    const options: object = { directory: 'd', clock: undefined };
    expect(() => checkOptions(options as TsdbWriterOptions)).not.toThrow();
  });
});
