import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { REPOSITORY_ROOT } from '../test-all/repository.ts';
import { trackedFiles } from './tracked-files.ts';

const REGISTRY = /^(?:packages|apps)\/[^/]+\/src\/error-codes\.ts$/;
const ENTRY = /\/\*\*((?:(?!\*\/)[^])*)\*\/\nexport const (ERR_[A-Z0-9_]+) = '(ERR_[A-Z0-9_]+)';\n/g;
const SOURCE = /^(?:packages|apps)\/[^/]+\/src\/.*(?<!\.(?:test|fuzz|bench))\.ts$/;
const KINDS = [
  'unauthenticated',
  'bad-data',
  'too-large',
  'forbidden',
  'not-supported',
  'execution',
  'timeout',
  'cancelled',
  'overload',
  'unavailable',
  'corrupt',
  'internal',
  'rejection',
];

interface Entry {
  readonly code: string;
  readonly sentence: string;
}

function read(path: string): string {
  return readFileSync(join(REPOSITORY_ROOT, path), 'utf8');
}

function plain(text: string): string {
  return text.replaceAll(/\s*\n \*\s*|\s+/g, ' ').trim();
}

function registryEntries(path: string): Entry[] {
  return [...read(path).matchAll(ENTRY)].map(([, sentence = '', code = '']) => ({
    code,
    sentence: plain(sentence),
  }));
}

/** Rows of the tables whose first cell is a code. */
function documentedRows(): { code: string; kind: string; sentence: string; advice: string }[] {
  return read('docs/errors.md')
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .filter((cells) => cells[1]?.startsWith('`ERR_') === true)
    .map(([, code = '', kind = '', sentence = '', advice = '']) => ({
      code: code.replaceAll('`', ''),
      kind,
      sentence,
      advice,
    }));
}

const registries = trackedFiles().filter((path) => REGISTRY.test(path));
const byCode = (left: Entry, right: Entry): number => left.code.localeCompare(right.code);

describe.each(registries)('%s', (path) => {
  it('holds nothing but codes, each named as its value, with one sentence', () => {
    const rest = read(path).replaceAll(ENTRY, '');
    expect(rest).toBe('');
    for (const { sentence } of registryEntries(path)) expect(sentence).toMatch(/^[A-Z].*\.$/);
    for (const [, , name, value] of read(path).matchAll(ENTRY)) expect(value).toBe(name);
  });
});

it('docs/errors.md has every code once, in the words of its registry', () => {
  const registered = registries.flatMap(registryEntries);
  const documented = documentedRows().map(({ code, sentence }) => ({ code, sentence }));
  expect(documented.toSorted(byCode)).toEqual(registered.toSorted(byCode));
});

it('docs/errors.md names a kind and what to do for every code', () => {
  const lacking = documentedRows().filter(({ kind, advice }) => !KINDS.includes(kind) || advice === '');
  expect(lacking).toEqual([]);
});

it('codes stand in registries only', () => {
  const loose = trackedFiles()
    .filter((path) => SOURCE.test(path) && !REGISTRY.test(path))
    .flatMap((path) =>
      [...read(path).matchAll(/^export const (ERR_[A-Z0-9_]+)|code: '(ERR_[A-Z0-9_]+)'/gm)].map(
        ([, name, value]) => `${path}: ${name ?? value}`,
      ),
    );
  expect(loose).toEqual([]);
});
