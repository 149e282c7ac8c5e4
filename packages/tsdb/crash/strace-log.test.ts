import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type DiskOperation, readStraceLog } from './strace-log.ts';

let directory = '';

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'promontory-strace-'));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** @param calls with paths and strings as they are, which strace gives in hexadecimal */
function operationsOf(...calls: string[]): DiskOperation[] {
  const hex = (text: string): string =>
    [...Buffer.from(text)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
  const lines = calls.map((call) => `7 ${call.replaceAll(/(?<=["<])[^"<>,]+(?=[">])/g, hex)}\n`);
  const path = join(directory, 'log');
  writeFileSync(path, lines.join(''));
  return readStraceLog(path, '/d');
}

it('gives what was done below the directory, in order', () => {
  const operations = operationsOf(
    'openat(AT_FDCWD</>, "/d/file", O_RDWR|O_CREAT, 0664) = 5</d/file>',
    'pwrite64(5</d/file>, "text", 4, 8) = 4',
    'fdatasync(5</d/file>) = 0',
    'mkdir("/e/elsewhere", 0777) = 0',
    'rename("/d/file", "/d/other") = 0',
    'unlink("/d/none") = -1 ENOENT (No such file or directory)',
    'rmdir("/d/folder") = 0',
  );
  expect(operations).toEqual([
    { kind: 'create', path: '/d/file' },
    { kind: 'write', path: '/d/file', offset: 8, bytes: Buffer.from('text'), isSynced: false },
    { kind: 'sync', path: '/d/file' },
    { kind: 'rename', path: '/d/file', target: '/d/other' },
    { kind: 'remove', path: '/d/folder' },
  ]);
});

it.each([
  'renameat2(AT_FDCWD</>, "/d/a", AT_FDCWD</>, "/d/b", 0) = 0',
  'mkdirat(AT_FDCWD</>, "/d/a", 0777) = 0',
  'linkat(AT_FDCWD</>, "/e/a", AT_FDCWD</>, "/d/a", 0) = 0',
  'copy_file_range(5</e/a>, NULL, 6</d/a>, NULL, 100, 0) = 100',
  'fallocate(5</d/a>, 0, 0, 100) = 0',
  'unlinkat(5</d/folder>, "a", 0) = 0',
  'openat(5</d/folder>, "a", O_RDWR|O_CREAT, 0664) = 6</d/folder/a>',
])('refuses what it does not model: %s', (call) => {
  expect(() => operationsOf(call)).toThrow('cannot model');
  expect(operationsOf(call.replaceAll('/d/', '/e/'))).toEqual([]);
});
