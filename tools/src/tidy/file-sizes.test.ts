import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { REPOSITORY_ROOT } from '../test-all/repository.ts';
import { trackedFiles } from './tracked-files.ts';

const SOURCE = /\.(?:ts|tsx|mjs|js|css|html)$/;
const TEST = /\.(?:test|fuzz|e2e)\.ts$/;
const SOURCE_LINES_MAX = 600;
const TEST_LINES_MAX = 800;

it('no source file is longer than a reader can hold', () => {
  const tooLong = trackedFiles()
    .filter((path) => SOURCE.test(path))
    .map((path) => ({ path, lines: readFileSync(join(REPOSITORY_ROOT, path), 'utf8').split('\n').length }))
    .filter(({ path, lines }) => lines > (TEST.test(path) ? TEST_LINES_MAX : SOURCE_LINES_MAX));
  expect(tooLong).toEqual([]);
});

it('only the set-up step is JavaScript', () => {
  expect(trackedFiles().filter((path) => /\.(?:js|mjs|cjs)$/.test(path))).toEqual(['tools/setup.mjs']);
});
