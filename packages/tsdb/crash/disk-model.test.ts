import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DiskModel } from './disk-model.ts';

let target = '';
let disk: DiskModel;

beforeEach(() => {
  target = mkdtempSync(join(tmpdir(), 'promontory-disk-'));
  disk = new DiskModel('/d');
});

afterEach(() => rmSync(target, { recursive: true, force: true }));

function write(path: string, text: string, offset = 0, isSynced = false): void {
  disk.apply({ kind: 'write', path, offset, bytes: Buffer.from(text), isSynced });
}

/** @returns the file's text once the power is back, or null when it has none */
function afterPowerLoss(name: string, survives: () => boolean = () => false): string | null {
  disk.materialize(target, survives);
  const path = join(target, name);
  return existsSync(path) ? readFileSync(path, 'utf8') : null;
}

it('takes a file away whose name, or whose folder, was not synced', () => {
  disk.apply({ kind: 'make-directory', path: '/d/a' });
  disk.apply({ kind: 'create', path: '/d/a/file' });
  write('/d/a/file', 'text');
  disk.apply({ kind: 'sync', path: '/d/a/file' });
  expect(afterPowerLoss('a/file')).toBeNull();
  expect(afterPowerLoss('a/file', () => true)).toBe('text');
  disk.apply({ kind: 'sync', path: '/d/a' });
  expect(afterPowerLoss('a/file')).toBeNull();
  disk.apply({ kind: 'sync', path: '/d' });
  expect(afterPowerLoss('a/file')).toBe('text');
});

it('keeps of a file what a write that syncs itself wrote, and nothing that came before', () => {
  disk.apply({ kind: 'create', path: '/d/file' });
  disk.apply({ kind: 'sync', path: '/d' });
  write('/d/file', 'AAAA');
  write('/d/file', 'BB', 2, true);
  expect(disk.pendingCount).toBe(1);
  expect(afterPowerLoss('file')).toBe('\0\0BB');
  expect(afterPowerLoss('file', () => true)).toBe('AABB');
  disk.apply({ kind: 'sync', path: '/d/file' });
  expect(afterPowerLoss('file')).toBe('AABB');
});

it('keeps the name before, until the folder of a renamed one is synced', () => {
  disk.apply({ kind: 'make-directory', path: '/d/a.new' });
  disk.apply({ kind: 'create', path: '/d/a.new/file' });
  for (const path of ['/d', '/d/a.new']) disk.apply({ kind: 'sync', path });
  disk.apply({ kind: 'rename', path: '/d/a.new', target: '/d/a' });
  expect(afterPowerLoss('a.new/file')).toBe('');
  disk.apply({ kind: 'sync', path: '/d' });
  expect(afterPowerLoss('a.new/file')).toBeNull();
  expect(afterPowerLoss('a/file')).toBe('');
  disk.apply({ kind: 'remove', path: '/d/a/file' });
  expect(afterPowerLoss('a/file')).toBe('');
  expect(afterPowerLoss('a/file', () => true)).toBeNull();
});
