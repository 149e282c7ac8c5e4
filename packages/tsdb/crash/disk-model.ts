/**
 * A disk as a power failure leaves it: what was synced is there, of the rest any part may be.
 *
 * As strict as POSIX: a file and its name are two things. The sync of a file makes its contents certain, that of a
 * folder its entries, and nothing else does either: a file that was synced is gone when the entry of a folder above
 * it was not. A write through a descriptor that syncs makes its own bytes certain and none that were written before.
 *
 * A write, truncation or change of an entry that is not certain is there as a whole or not at all: a write of which only
 * some sectors came to the disk is not modelled.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import type { DiskOperation } from './strace-log.ts';

type Node = File | Folder;

class File {
  bytes: Buffer = Buffer.alloc(0);
}

class Folder {
  readonly entries = new Map<string, Node>();
}

/** Of a file's contents, or of a folder's entries; a renaming is one. */
interface Change {
  readonly node: Node;
  /** Made by a write that syncs itself. */
  readonly isCertain: boolean;
  /** @param copyOf what stands for the node on the disk that is changed */
  apply(copyOf: (node: Node) => Node): void;
}

export class DiskModel {
  readonly #directory: string;
  /** As the running process sees it. */
  readonly #root = new Folder();
  /** In order: those of a node since its last sync. */
  #changes: Change[] = [];
  /** What stands on the disk for what the process sees, as far as it is certain. */
  readonly #certain = new Map<Node, Node>();

  /** @param directory exists on the disk, and all that the operations are about is in it */
  constructor(directory: string) {
    this.#directory = directory;
  }

  get pendingCount(): number {
    return this.#changes.filter(({ isCertain }) => !isCertain).length;
  }

  apply(operation: DiskOperation): void {
    switch (operation.kind) {
      case 'say':
        return;
      case 'sync':
        this.#sync(this.#find(operation.path));
        return;
      case 'create':
        if (this.#find(operation.path) === undefined) this.#enter(operation.path, new File());
        return;
      case 'make-directory':
        this.#enter(operation.path, new Folder());
        return;
      case 'remove':
        // A socket was not seen to be made.
        if (this.#find(operation.path) !== undefined) this.#enter(operation.path, null);
        return;
      case 'rename':
        this.#rename(operation.path, operation.target);
        return;
      case 'truncate':
        this.#changeFile(operation.path, false, (bytes) => resized(bytes, operation.bytes));
        return;
      case 'write':
        this.#changeFile(operation.path, operation.isSynced, (bytes) =>
          written(bytes, operation.offset, operation.bytes),
        );
    }
  }

  /**
   * Writes the state to `target`: what is certain, and of the pending changes those that `survives` accepts.
   *
   * @param survives asked for each pending change, in order
   */
  materialize(target: string, survives: () => boolean): void {
    const copies = new Map<Node, Node>();
    const copyOf = (node: Node): Node => copyOnce(copies, node, this.#certain.get(node));
    for (const change of this.#changes) {
      if (change.isCertain || survives()) change.apply(copyOf);
    }
    rmSync(target, { recursive: true, force: true });
    writeTree(target, this.#root, copyOf);
  }

  #enter(path: string, node: Node | null): void {
    const folder = this.#folderOf(path);
    const name = basename(path);
    this.#do(folder, false, (copyOf) => setEntry(mustBeFolder(copyOf(folder)), name, node));
  }

  #rename(path: string, target: string): void {
    const folder = this.#folderOf(path);
    const node = folder.entries.get(basename(path));
    if (node === undefined || this.#folderOf(target) !== folder)
      throw new Error(`cannot model the renaming of ${path} to ${target}`);
    this.#do(folder, false, (copyOf) => {
      const copy = mustBeFolder(copyOf(folder));
      setEntry(copy, basename(path), null);
      setEntry(copy, basename(target), node);
    });
  }

  #changeFile(path: string, isCertain: boolean, change: (bytes: Buffer) => Buffer): void {
    const file = this.#find(path);
    if (!(file instanceof File)) throw new Error(`${path} was not seen to be made`);
    this.#do(file, isCertain, (copyOf) => {
      const copy = copyOf(file);
      if (copy instanceof File) copy.bytes = change(copy.bytes);
    });
  }

  #do(node: Node, isCertain: boolean, apply: Change['apply']): void {
    if (node instanceof Folder) apply((itself) => itself);
    this.#changes.push({ node, isCertain, apply });
  }

  #sync(node: Node | undefined): void {
    if (node === undefined) return;
    const copyOf = (original: Node): Node => copyOnce(this.#certain, original, undefined);
    for (const change of this.#changes) if (change.node === node) change.apply(copyOf);
    this.#changes = this.#changes.filter((change) => change.node !== node);
  }

  #folderOf(path: string): Folder {
    const folder = this.#find(dirname(path));
    if (folder === undefined) throw new Error(`the folder of ${path} was not seen to be made`);
    return mustBeFolder(folder);
  }

  #find(path: string): Node | undefined {
    let node: Node | undefined = this.#root;
    for (const name of relative(this.#directory, path).split('/')) {
      if (name !== '') node = node instanceof Folder ? node.entries.get(name) : undefined;
    }
    return node;
  }
}

/** The copy that stands for the node; made of `source`, or empty, when there is none yet. */
function copyOnce(copies: Map<Node, Node>, node: Node, source: Node | undefined): Node {
  let copy = copies.get(node);
  if (copy === undefined) {
    copy = copyNode(node, source);
    copies.set(node, copy);
  }
  return copy;
}

function copyNode(node: Node, source: Node | undefined): Node {
  if (node instanceof Folder) {
    const folder = new Folder();
    if (source instanceof Folder) for (const [name, entry] of source.entries) folder.entries.set(name, entry);
    return folder;
  }
  const file = new File();
  if (source instanceof File) file.bytes = source.bytes;
  return file;
}

function writeTree(path: string, node: Node, copyOf: (node: Node) => Node): void {
  const copy = copyOf(node);
  if (copy instanceof File) {
    // LMDB's table of readers: made anew by whoever opens the environment first.
    if (!path.endsWith('lock.mdb')) writeFileSync(path, copy.bytes);
    return;
  }
  mkdirSync(path);
  for (const [name, entry] of copy.entries) writeTree(join(path, name), entry, copyOf);
}

function setEntry(folder: Folder, name: string, node: Node | null): void {
  if (node === null) folder.entries.delete(name);
  else folder.entries.set(name, node);
}

function mustBeFolder(node: Node): Folder {
  if (node instanceof Folder) return node;
  throw new Error('a file was taken for a folder');
}

/** @returns a copy */
function resized(bytes: Buffer, length: number): Buffer {
  const copy = Buffer.alloc(length);
  bytes.copy(copy);
  return copy;
}

/** @returns a copy */
function written(bytes: Buffer, offset: number, added: Buffer): Buffer {
  const copy = resized(bytes, Math.max(bytes.length, offset + added.length));
  added.copy(copy, offset);
  return copy;
}
