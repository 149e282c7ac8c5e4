import type * as fs from 'node:fs';
import { existsSync, fsyncSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { makeDirectoryDurably } from './durable-directory.ts';

vi.mock('node:fs', { spy: true });

let directory = '';
let synced: string[] = [];
/** A folder whose sync fails, and how. */
let failing = { path: '', code: '' };

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'durable-directory-'));
  synced = [];
  failing = { path: '', code: '' };
  const real = await vi.importActual<typeof fs>('node:fs');
  vi.mocked(fsyncSync).mockImplementation((descriptor) => {
    const path = readlinkSync(`/proc/self/fd/${descriptor}`);
    if (path === failing.path) throw Object.assign(new Error(failing.code), { code: failing.code });
    real.fsyncSync(descriptor);
    synced.push(path);
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  rmSync(directory, { recursive: true });
});

it('makes each folder certain before the next is made in it', () => {
  makeDirectoryDurably(join(directory, 'a', 'b'));
  expect(readdirSync(directory, { recursive: true })).toEqual(['a', join('a', 'b')]);
  expect(synced.slice(-2)).toEqual([directory, join(directory, 'a')]);
});

it.each(['EINVAL', 'EIO'])('fails each time alike where a new folder cannot be made certain: %s', (code) => {
  failing = { path: directory, code };
  const path = join(directory, 'database');
  for (let call = 0; call < 2; call++) {
    expect(() => makeDirectoryDurably(path)).toThrow(code);
    expect(existsSync(path)).toBe(false);
  }
});

it('takes a folder that is there where folders cannot be synced, and leaves it when the disk fails', () => {
  const path = join(directory, 'database');
  mkdirSync(path);
  for (const code of ['EINVAL', 'EACCES', 'EPERM', 'EROFS']) {
    failing = { path: directory, code };
    makeDirectoryDurably(path);
  }
  failing = { path: directory, code: 'EIO' };
  expect(() => makeDirectoryDurably(path)).toThrow('EIO');
  expect(existsSync(path)).toBe(true);
});
