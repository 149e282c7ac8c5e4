/**
 * Checks the tree structure of an LMDB data file before LMDB maps it.
 *
 * LMDB trusts its pages: a truncated file ends the process with SIGBUS, a flipped byte in a page header can
 * send it anywhere. Values have checksums of their own; this looks at everything else that LMDB follows: meta
 * pages, page headers, node offsets and sizes, page numbers, lists of free pages; and, when asked to, at the
 * order of keys, which LMDB survives.
 *
 * Trees are checked level by level, and the pages of a level in the order in which they lie in the file, so that
 * the file is read in large pieces: about 1 µs a page.
 *
 * The layout is that of LMDB's data format 2 as lmdb-js builds it: 24 bytes of page header, large values named
 * by (page, transaction, pages).
 */
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { FLAG_BRANCH, FLAG_LEAF, FLAG_META, FLAG_RUN, FLAGS_AT, PAGE_HEADER_BYTES } from './lmdb-page.ts';
import { DamageFound, type LmdbFileDamage, PageFile } from './page-file.ts';

const NODE_HEADER_BYTES = 8;
const DATABASE_BYTES = 48;
const LARGE_VALUE_BYTES = 24;
const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
/** 256 GiB of the smallest pages that are used. */
const PAGES_MAX = 2 ** 26;
const META_TRANSACTION_AT = 24 + 2 * DATABASE_BYTES + 8;
const META_BYTES = 24 + 2 * DATABASE_BYTES + 24;
const DEPTH_MAX = 32;
const PAGE_SIZE_MIN = 512;
const PAGE_SIZE_MAX = 65_536;

const FLAGS_OF_STRUCTURE = 0x2f;

const NODE_LARGE = 0x01;
const NODE_DATABASE = 0x02;

const DATABASE_INTEGER_KEYS = 0x08;
const NO_PAGE = 2 ** 64 - 1;

interface Tree {
  readonly depth: number;
  readonly root: number;
  readonly flags: number;
  readonly isFreeList: boolean;
  /** Its values are the tables of the environment. */
  readonly hasTables: boolean;
  readonly compareKeys: (left: Buffer, right: Buffer) => number;
}

/**
 * @param directory of the environment; nobody else writes to it meanwhile
 * @param tableNames the tables that it must have
 * @returns what is wrong, or null when the structure is sound or the environment was not made yet
 */
export function checkLmdbFile(
  directory: string,
  tableNames: readonly string[],
  checksKeyOrder = false,
): LmdbFileDamage | null {
  const path = join(directory, 'data.mdb');
  if (!existsSync(directory)) return null;
  if (!existsSync(path)) return { page: null, reason: 'its data file is missing' };
  const fd = openSync(path, 'r');
  try {
    return new StructureCheck(new PageFile(fd), checksKeyOrder).run(tableNames);
  } catch (error) {
    if (error instanceof DamageFound) return error.damage;
    throw error;
  } finally {
    closeSync(fd);
  }
}

/** Pages of one level of one tree. */
interface Level {
  readonly tree: Tree;
  /** From here down to the leaves, this one included. */
  readonly levels: number;
  readonly pages: number[];
}

class StructureCheck {
  readonly #file: PageFile;
  readonly #checksKeyOrder: boolean;
  #pagesVisited = new Uint8Array(0);
  #pageEnd = 0;
  readonly #levels: Level[] = [];
  /** First page → pages. */
  readonly #largeValues = new Map<number, number>();
  /** The newest transaction: no page is of a later one. */
  #transaction = 0;
  readonly #tableNames = new Set<string>();
  /** Where the lists of free pages lie in the file; they are checked last, against all pages in use. */
  readonly #freeLists: { position: number; bytes: number }[] = [];

  constructor(file: PageFile, checksKeyOrder: boolean) {
    this.#file = file;
    this.#checksKeyOrder = checksKeyOrder;
  }

  run(tableNames: readonly string[]): null {
    const meta = this.#newestMeta();
    this.#transaction = readU64(meta, META_TRANSACTION_AT);
    const lastPage = readU64(meta, 24 + 2 * DATABASE_BYTES);
    this.#pageEnd = lastPage + 1;
    if (this.#pageEnd > PAGES_MAX) throw new DamageFound(null, `last page ${lastPage}`);
    this.#pagesVisited = new Uint8Array(this.#pageEnd);
    this.#addTree(readTree(meta, 24, 'free list'));
    this.#addTree(readTree(meta, 24 + DATABASE_BYTES, 'tables'));
    for (let level = this.#levels.pop(); level !== undefined; level = this.#levels.pop())
      this.#checkLevel(level);
    this.#file.walk([...this.#largeValues.keys()], PAGE_HEADER_BYTES, (page, bytes, at) =>
      this.#checkLargeValue(page, bytes, at),
    );
    for (const list of this.#freeLists) this.#checkFreeList(list);
    for (const name of tableNames) {
      if (!this.#tableNames.has(name)) throw new DamageFound(null, `table ${name} is missing`);
    }
    return null;
  }

  /** The meta page that LMDB will use: the one of the later transaction. */
  #newestMeta(): Buffer {
    const first = this.#readMeta(0);
    this.#file.pageBytes = first.readUInt32LE(24);
    const { pageBytes } = this.#file;
    const isPageSize = pageBytes >= PAGE_SIZE_MIN && pageBytes <= PAGE_SIZE_MAX;
    if (!isPageSize || (pageBytes & (pageBytes - 1)) !== 0)
      throw new DamageFound(0, `page size ${pageBytes}`);
    const second = this.#readMeta(1);
    if (second.readUInt32LE(24) !== pageBytes)
      throw new DamageFound(1, `page size ${second.readUInt32LE(24)}, want ${pageBytes}`);
    // Transactions write the two in turn: a flipped number would bring back a state that is gone.
    const even = readU64(first, META_TRANSACTION_AT);
    const odd = readU64(second, META_TRANSACTION_AT);
    if (even % 2 !== 0 || Math.abs(even - odd) !== 1)
      throw new DamageFound(0, `meta pages of transactions ${even} and ${odd}`);
    return odd > even ? second : first;
  }

  #readMeta(page: number): Buffer {
    const bytes = this.#file.read(page, page * this.#file.pageBytes, PAGE_HEADER_BYTES + META_BYTES);
    if ((bytes.readUInt16LE(FLAGS_AT) & FLAG_META) === 0) throw new DamageFound(page, 'not a meta page');
    const meta = bytes.subarray(PAGE_HEADER_BYTES);
    if (meta.readUInt32LE(0) !== MAGIC) throw new DamageFound(page, 'meta page without its magic number');
    if ((meta.readUInt32LE(4) & 0xffff) !== DATA_VERSION)
      throw new DamageFound(page, `LMDB data version ${meta.readUInt32LE(4) & 0xffff}, want ${DATA_VERSION}`);
    return meta;
  }

  #addTree(tree: Tree): void {
    const flagsWanted = tree.isFreeList ? DATABASE_INTEGER_KEYS : 0;
    if (tree.flags !== flagsWanted)
      throw new DamageFound(null, `tree flags ${tree.flags}, want ${flagsWanted}`);
    if (tree.root === NO_PAGE) return;
    if (tree.depth < 1 || tree.depth > DEPTH_MAX) throw new DamageFound(null, `tree depth ${tree.depth}`);
    this.#visit(tree.root, 1);
    this.#levels.push({ tree, levels: tree.depth, pages: [tree.root] });
  }

  #checkLevel({ tree, levels, pages }: Level): void {
    const below: number[] = [];
    this.#file.walk(pages, this.#file.pageBytes, (page, bytes, at) => {
      this.#checkPage(tree, page, bytes.subarray(at, at + this.#file.pageBytes), levels, below);
    });
    if (below.length > 0) this.#levels.push({ tree, levels: levels - 1, pages: below });
  }

  /** @param below receives the pages that a branch page refers to */
  #checkPage(tree: Tree, page: number, bytes: Buffer, levels: number, below: number[]): void {
    const wanted = levels === 1 ? FLAG_LEAF : FLAG_BRANCH;
    if (readU64(bytes, 0) !== page) throw new DamageFound(page, 'page number in its header differs');
    if ((bytes.readUInt16LE(FLAGS_AT) & FLAGS_OF_STRUCTURE) !== wanted)
      throw new DamageFound(page, `page flags ${bytes.readUInt16LE(FLAGS_AT)}, want ${wanted}`);
    this.#checkTransaction(page, bytes, 0);
    const contentBytes = bytes.length - PAGE_HEADER_BYTES;
    const lower = bytes.readUInt16LE(20);
    const upper = bytes.readUInt16LE(22);
    if (upper < lower || upper > contentBytes || (lower & 1) !== 0)
      throw new DamageFound(page, `free space from ${lower} to ${upper}`);
    const nodeCount = lower / 2;
    if (nodeCount < (levels === 1 ? 1 : 2)) throw new DamageFound(page, `${nodeCount} nodes`);
    for (let index = 0; index < nodeCount; index++) {
      const offset = readU16(bytes, PAGE_HEADER_BYTES + 2 * index);
      const at = PAGE_HEADER_BYTES + offset;
      if (offset < upper || at + NODE_HEADER_BYTES > bytes.length)
        throw new DamageFound(page, `node ${index} at ${offset}`);
      const keyEnd = at + NODE_HEADER_BYTES + readU16(bytes, at + 6);
      if (keyEnd > bytes.length) throw new DamageFound(page, `key of node ${index} leaves its page`);
      if (levels === 1) this.#checkValue(tree, page, bytes, at, keyEnd);
      else below.push(this.#visit(readU32(bytes, at) + readU16(bytes, at + 4) * 2 ** 32, 1));
    }
    if (this.#checksKeyOrder) checkKeyOrder(tree, page, bytes, nodeCount, levels > 1);
  }

  /** @param at where the leaf's node begins in the page */
  #checkValue(tree: Tree, page: number, bytes: Buffer, at: number, keyEnd: number): void {
    const dataBytes = readU32(bytes, at);
    const flags = readU16(bytes, at + 4);
    if ((flags & ~(NODE_LARGE | NODE_DATABASE)) !== 0) throw new DamageFound(page, `node flags ${flags}`);
    const isLarge = (flags & NODE_LARGE) !== 0;
    if (keyEnd + (isLarge ? LARGE_VALUE_BYTES : dataBytes) > bytes.length)
      throw new DamageFound(page, 'a value leaves its page');
    if (isLarge) this.#addLargeValue(readU64(bytes, keyEnd), dataBytes);
    if (tree.isFreeList) {
      const { pageBytes } = this.#file;
      const position = isLarge
        ? readU64(bytes, keyEnd) * pageBytes + PAGE_HEADER_BYTES
        : page * pageBytes + keyEnd;
      this.#freeLists.push({ position, bytes: dataBytes });
    }
    if ((flags & NODE_DATABASE) === 0) return;
    if (dataBytes !== DATABASE_BYTES) throw new DamageFound(page, `database record of ${dataBytes} bytes`);
    if (tree.hasTables) this.#tableNames.add(keyText(bytes, at, keyEnd));
    this.#addTree(readTree(bytes, keyEnd));
  }

  #addLargeValue(page: number, valueBytes: number): void {
    const pages = Math.floor((PAGE_HEADER_BYTES - 1 + valueBytes) / this.#file.pageBytes) + 1;
    this.#visit(page, pages);
    if ((page + pages) * this.#file.pageBytes > this.#file.bytes)
      throw new DamageFound(page, 'large value goes beyond the end of the file');
    this.#largeValues.set(page, pages);
  }

  #checkLargeValue(page: number, bytes: Buffer, at: number): void {
    const isStart =
      readU64(bytes, at) === page && (readU16(bytes, at + FLAGS_AT) & FLAGS_OF_STRUCTURE) === FLAG_RUN;
    if (!isStart) throw new DamageFound(page, 'not the start of a large value');
    this.#checkTransaction(page, bytes, at);
    if (readU32(bytes, at + 20) < this.#largeValues.get(page)!)
      throw new DamageFound(page, 'large value has too few pages');
  }

  /** LMDB writes in place to pages that it takes for its own transaction's. */
  #checkTransaction(page: number, bytes: Buffer, at: number): void {
    const transaction = readU64(bytes, at + 8);
    if (transaction > this.#transaction)
      throw new DamageFound(page, `page of transaction ${transaction}, the newest is ${this.#transaction}`);
  }

  /**
   * Pages that LMDB will write to next: none may be in use. A list is its length, then page numbers, zeros as
   * gaps, and pairs of a negative length and a page number for pages in a row.
   */
  #checkFreeList(list: { position: number; bytes: number }): void {
    const words = this.#file.read(null, list.position, list.bytes);
    const count = list.bytes < 8 ? -1 : readU64(words, 0);
    if (count < 0 || (count + 1) * 8 > words.length) throw new DamageFound(null, `a free list of ${count}`);
    for (let index = 1; index <= count; index++) {
      const word = words.readBigInt64LE(8 * index);
      if (word > 0n) this.#visit(Number(word), 1);
      if (word >= 0n) continue;
      index++;
      if (index > count) throw new DamageFound(null, 'a free list ends inside a run of pages');
      this.#visit(readU64(words, 8 * index), Number(-word));
    }
  }

  /** @returns the first of the pages, which are in the file and were not referred to before */
  #visit(page: number, count: number): number {
    if (page < 2 || page + count > this.#pageEnd)
      throw new DamageFound(null, `a reference to page ${page}, of ${this.#pageEnd}`);
    for (let visited = page; visited < page + count; visited++) {
      if (this.#pagesVisited[visited] !== 0) throw new DamageFound(visited, 'page is referred to twice');
      this.#pagesVisited[visited] = 1;
    }
    return page;
  }
}

function keyText(bytes: Buffer, at: number, keyEnd: number): string {
  return bytes.toString('latin1', at + NODE_HEADER_BYTES, keyEnd).replace(/\0$/, '');
}

function checkKeyOrder(tree: Tree, page: number, bytes: Buffer, nodeCount: number, isBranch: boolean): void {
  let previous: Buffer | null = null;
  // The first key of a branch page is not used.
  for (let index = isBranch ? 1 : 0; index < nodeCount; index++) {
    const at = PAGE_HEADER_BYTES + readU16(bytes, PAGE_HEADER_BYTES + 2 * index) + NODE_HEADER_BYTES;
    const key = bytes.subarray(at, at + readU16(bytes, at - 2));
    if (previous !== null && tree.compareKeys(previous, key) >= 0)
      throw new DamageFound(page, `keys ${index - 1} and ${index} are out of order`);
    previous = key;
  }
}

function readU16(bytes: Buffer, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8);
}

function readU32(bytes: Buffer, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

function readTree(bytes: Buffer, at: number, what: 'free list' | 'tables' | 'table' = 'table'): Tree {
  const isFreeList = what === 'free list';
  return {
    depth: bytes.readUInt16LE(at + 6),
    root: readU64(bytes, at + 40),
    flags: bytes.readUInt16LE(at + 4),
    isFreeList,
    hasTables: what === 'tables',
    compareKeys: isFreeList ? compareIntegers : compareBytes,
  };
}

function compareBytes(left: Buffer, right: Buffer): number {
  return Buffer.compare(left, right);
}

function compareIntegers(left: Buffer, right: Buffer): number {
  return left.length < 8 || right.length < 8 ? 1 : readU64(left, 0) - readU64(right, 0);
}

/** Page numbers and transaction ids; all ones become 2^64 - 1 rounded, which is NO_PAGE. */
function readU64(bytes: Buffer, at: number): number {
  return readU32(bytes, at) + readU32(bytes, at + 4) * 2 ** 32;
}
