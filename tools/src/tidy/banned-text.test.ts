import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { REPOSITORY_ROOT } from '../test-all/repository.ts';
import { findBannedText } from './banned-text.ts';
import { trackedFiles } from './tracked-files.ts';

const BINARY = /\.(?:png|jpg|ico|woff2|wasm|gz|snappy|bin)$/;

describe('findBannedText', () => {
  it.each([
    ['a registry', ['https://registry', 'npmjs', 'org/x'].join('.')],
    ['a mirror', ['http://deb', 'debian.org/debian'].join('.')],
    ['a locked address', ['"resolved": "https', '//x/y.tgz"'].join(':')],
    ['a home folder', ['', 'home', 'somebody', 'x'].join('/')],
    ['the root user', `see ${['', 'root', '.cache'].join('/')}`],
  ])('finds %s', (_name, text) => {
    expect(findBannedText(`fine\n${text}`)).toHaveLength(1);
  });

  it('leaves relative paths and URL paths alone', () => {
    const inner = ['src', 'work', 'y'].join('/');
    expect(findBannedText(`see ./root/x, ${inner}, "resolved": "packages/base", /api/v1/write`)).toEqual([]);
  });
});

it('no file holds banned text', () => {
  const found = trackedFiles()
    .filter((path) => !BINARY.test(path))
    .flatMap((path) =>
      findBannedText(readFileSync(join(REPOSITORY_ROOT, path), 'utf8')).map((line) => `${path}:${line}`),
    );
  expect(found).toEqual([]);
});
