import * as fs from 'node:fs';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { blockPath, deleteBlock, finishDeletions, listBlockIds } from './block-folder.ts';

vi.mock('node:fs', { spy: true });

let directory = '';

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'block-folder-'));
});

afterEach(() => {
  vi.clearAllMocks();
  rmSync(directory, { recursive: true });
});

function makeFolder(name: string): void {
  mkdirSync(join(directory, name));
  writeFileSync(join(directory, name, 'data.mdb'), 'pages');
}

it('deletes no file that has the name of a block', () => {
  makeFolder('0000000007');
  const path = blockPath(directory, 7);
  deleteBlock(directory, 7);
  expect(readdirSync(directory)).toEqual([]);
  expect(vi.mocked(fs.rmSync).mock.calls.map(([removed]) => removed)).not.toContain(path);
});

it('deletes a block of which an earlier deletion left something, and one that is not there', () => {
  makeFolder('0000000007');
  makeFolder('0000000007.deleted');
  deleteBlock(directory, 7);
  deleteBlock(directory, 7);
  expect(readdirSync(directory)).toEqual([]);
});

it('finishes deletions that were cut off, and touches nothing else', () => {
  for (const name of ['0000000007.deleted', '0000000008', 'notes.deleted']) makeFolder(name);
  expect(listBlockIds(directory)).toEqual([8]);
  finishDeletions(directory);
  expect(readdirSync(directory).sort()).toEqual(['0000000008', 'notes.deleted']);
  finishDeletions(join(directory, 'none'));
  expect(existsSync(join(directory, 'none'))).toBe(false);
});
