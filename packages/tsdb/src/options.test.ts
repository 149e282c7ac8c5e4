import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEFAULT_TSDB_LIMITS, resolveLimits, type TsdbLimits } from './options.ts';

const NAMES = Object.keys(DEFAULT_TSDB_LIMITS).sort();
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

  const wrong: readonly Partial<TsdbLimits>[] = [
    { retentionMs: -1 },
    { seriesMax: Number.NaN },
    { labelNameBytesMax: 513 },
    { labelValueBytesMax: 65_536 },
  ];
  it.each(wrong)('%j is refused', (limits) => {
    expect(() => resolveLimits(limits)).toThrow(
      expect.objectContaining({ code: 'ERR_LIMIT_INVALID', kind: 'bad-data' }),
    );
  });
});
