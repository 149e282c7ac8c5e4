/**
 * A disk as a power failure leaves it: what was synced is there, of the rest any part may be.
 *
 * Strict about folders: a new, renamed or removed entry is only certain once its folder was synced.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { DiskOperation } from './strace-log.ts';

type Change = Exclude<DiskOperation, { kind: 'sync' } | { kind: 'say' }>;

export class DiskModel {
  readonly #directory: string;
  /** Path → contents, as far as it is certain. */
  readonly #files = new Map<string, Buffer>();
  readonly #folders = new Set<string>();
  /** In order; not certain yet. */
  #pending: Change[] = [];

  /** @param directory exists on the disk */
  constructor(directory: string) {
    this.#directory = directory;
    this.#folders.add(directory);
  }

  get pendingCount(): number {
    return this.#pending.length;
  }

  apply(operation: DiskOperation): void {
    if (operation.kind === 'say') return;
    if (operation.kind === 'sync') this.#sync(operation.path);
    else if (operation.kind === 'write' && operation.isSynced) {
      this.#pending.push(operation);
      this.#sync(operation.path);
    } else this.#pending.push(operation);
  }

  /**
   * Writes the state to `target`: what is certain, and of the pending changes those that `survives` names.
   *
   * @param survives told the index of each pending change
   */
  materialize(target: string, survives: (index: number) => boolean): void {
    const files = new Map(this.#files);
    const folders = new Set(this.#folders);
    for (const [index, change] of this.#pending.entries()) {
      if (survives(index)) applyChange(files, folders, change);
    }
    rmSync(target, { recursive: true, force: true });
    for (const folder of [...folders].sort()) mkdirSync(this.#moved(folder, target), { recursive: true });
    for (const [path, bytes] of files) {
      // LMDB's table of readers: made anew by whoever opens the environment first.
      if (folders.has(dirname(path)) && !path.endsWith('lock.mdb'))
        writeFileSync(this.#moved(path, target), bytes);
    }
  }

  #moved(path: string, target: string): string {
    return join(target, relative(this.#directory, path));
  }

  /** Makes certain what concerns the path: a file's contents, or the entries of a folder. */
  #sync(path: string): void {
    const rest: Change[] = [];
    for (const change of this.#pending) {
      if (isCertainAfterSync(change, path)) applyChange(this.#files, this.#folders, change);
      else rest.push(change);
    }
    this.#pending = rest;
  }
}

function isCertainAfterSync(change: Change, path: string): boolean {
  if (change.kind === 'write' || change.kind === 'truncate') return change.path === path;
  return dirname(change.path) === path;
}

function applyChange(files: Map<string, Buffer>, folders: Set<string>, change: Change): void {
  const { path } = change;
  switch (change.kind) {
    case 'create':
      if (!files.has(path)) files.set(path, Buffer.alloc(0));
      return;
    case 'make-directory':
      folders.add(path);
      return;
    case 'remove':
      files.delete(path);
      folders.delete(path);
      return;
    case 'rename':
      rename(files, folders, path, change.target);
      return;
    case 'truncate':
      files.set(path, resized(files.get(path), change.bytes));
      return;
    case 'write': {
      const { offset, bytes } = change;
      const old = files.get(path);
      const grown = resized(old, Math.max(old?.length ?? 0, offset + bytes.length));
      bytes.copy(grown, offset);
      files.set(path, grown);
    }
  }
}

/** @returns a copy */
function resized(bytes: Buffer | undefined, length: number): Buffer {
  const copy = Buffer.alloc(length);
  bytes?.copy(copy);
  return copy;
}

function rename(files: Map<string, Buffer>, folders: Set<string>, path: string, target: string): void {
  const moved = (name: string): string => target + name.slice(path.length);
  for (const [name, bytes] of Array.from(files)) {
    if (name !== path && !name.startsWith(`${path}/`)) continue;
    files.delete(name);
    files.set(moved(name), bytes);
  }
  for (const name of Array.from(folders)) {
    if (name !== path && !name.startsWith(`${path}/`)) continue;
    folders.delete(name);
    folders.add(moved(name));
  }
}
