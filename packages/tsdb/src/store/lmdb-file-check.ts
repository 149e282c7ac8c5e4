/**
 * Checks the tree structure of an LMDB data file before LMDB maps it.
 *
 * LMDB trusts its pages: a truncated file ends the process with SIGBUS, a flipped byte in a page header can
 * send it anywhere. Values have checksums of their own; this looks at everything else that LMDB follows: meta
 * pages, page headers, node offsets and sizes, page numbers, the order of keys. It reads branch and leaf pages
 * and the header of each large value, not the values, so it costs about 5 µs a page of the tree.
 *
 * The layout is that of LMDB's data format 2 as lmdb-js builds it: 24 bytes of page header, large values named
 * by (page, transaction, pages).
 */
import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';

const PAGE_HEADER_BYTES = 24;
const NODE_HEADER_BYTES = 8;
const DATABASE_BYTES = 48;
const LARGE_VALUE_BYTES = 24;
const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
/** 256 GiB of the smallest pages that are used. */
const PAGES_MAX = 2 ** 26;
const META_BYTES = 24 + 2 * DATABASE_BYTES + 24;
const DEPTH_MAX = 32;
const PAGE_SIZE_MIN = 512;
const PAGE_SIZE_MAX = 65_536;

const FLAG_BRANCH = 0x01;
const FLAG_LEAF = 0x02;
const FLAG_OVERFLOW = 0x04;
const FLAG_META = 0x08;
const FLAGS_OF_STRUCTURE = 0x2f;

const NODE_LARGE = 0x01;
const NODE_DATABASE = 0x02;

const DATABASE_INTEGER_KEYS = 0x08;
const NO_PAGE = 2 ** 64 - 1;

export interface LmdbFileDamage {
  /** The first page found damaged, or null when it is the file as a whole. */
  readonly page: number | null;
  readonly reason: string;
}

interface Tree {
  readonly depth: number;
  readonly root: number;
  readonly isFreeList: boolean;
  readonly compareKeys: (left: Buffer, right: Buffer) => number;
}

/**
 * @param directory of the environment; nobody else writes to it meanwhile
 * @returns what is wrong, or null when the structure is sound or there is no data file yet
 */
export function checkLmdbFile(directory: string): LmdbFileDamage | null {
  const path = join(directory, 'data.mdb');
  if (!existsSync(path)) return null;
  const fd = openSync(path, 'r');
  try {
    return new StructureCheck(fd, fstatSync(fd).size).run();
  } catch (error) {
    if (error instanceof DamageFound) return error.damage;
    throw error;
  } finally {
    closeSync(fd);
  }
}

/** Carries the finding out of the walk; never leaves this file. */
class DamageFound extends Error {
  readonly damage: LmdbFileDamage;

  constructor(page: number | null, reason: string) {
    super(reason);
    this.damage = { page, reason };
  }
}

class StructureCheck {
  readonly #fd: number;
  readonly #fileBytes: number;
  #pageBytes = 4096;
  #pagesVisited = new Uint8Array(0);
  #pageEnd = 0;
  /** Where the lists of free pages lie in the file; they are checked last, against all pages in use. */
  readonly #freeLists: { position: number; bytes: number }[] = [];

  constructor(fd: number, fileBytes: number) {
    this.#fd = fd;
    this.#fileBytes = fileBytes;
  }

  run(): null {
    if (this.#fileBytes === 0) return null;
    const meta = this.#newestMeta();
    const lastPage = readU64(meta, 24 + 2 * DATABASE_BYTES);
    this.#pageEnd = lastPage + 1;
    if (this.#pageEnd > PAGES_MAX) throw new DamageFound(null, `last page ${lastPage}`);
    this.#pagesVisited = new Uint8Array(this.#pageEnd);
    this.#checkTree(readTree(meta, 24, true));
    this.#checkTree(readTree(meta, 24 + DATABASE_BYTES));
    for (const list of this.#freeLists) this.#checkFreeList(list);
    return null;
  }

  /** The meta page that LMDB will use: the one of the later transaction. */
  #newestMeta(): Buffer {
    const first = this.#readMeta(0);
    this.#pageBytes = first.readUInt32LE(24);
    const isPageSize = this.#pageBytes >= PAGE_SIZE_MIN && this.#pageBytes <= PAGE_SIZE_MAX;
    if (!isPageSize || (this.#pageBytes & (this.#pageBytes - 1)) !== 0)
      throw new DamageFound(0, `page size ${this.#pageBytes}`);
    const second = this.#readMeta(1);
    const transactionAt = 24 + 2 * DATABASE_BYTES + 8;
    return readU64(second, transactionAt) > readU64(first, transactionAt) ? second : first;
  }

  #readMeta(page: number): Buffer {
    const bytes = this.#read(page, page * this.#pageBytes, PAGE_HEADER_BYTES + META_BYTES);
    if ((bytes.readUInt16LE(18) & FLAG_META) === 0) throw new DamageFound(page, 'not a meta page');
    const meta = bytes.subarray(PAGE_HEADER_BYTES);
    if (meta.readUInt32LE(0) !== MAGIC) throw new DamageFound(page, 'meta page without its magic number');
    if ((meta.readUInt32LE(4) & 0xffff) !== DATA_VERSION)
      throw new DamageFound(page, `LMDB data version ${meta.readUInt32LE(4) & 0xffff}, want ${DATA_VERSION}`);
    return meta;
  }

  #checkTree(tree: Tree): void {
    if (tree.root === NO_PAGE) return;
    if (tree.depth < 1 || tree.depth > DEPTH_MAX) throw new DamageFound(null, `tree depth ${tree.depth}`);
    this.#checkPage(tree, tree.root, tree.depth);
  }

  /** @param levels pages from here down to the leaves, this one included: bounds the recursion */
  #checkPage(tree: Tree, page: number, levels: number): void {
    this.#visit(page, 1);
    const bytes = this.#read(page, page * this.#pageBytes, this.#pageBytes);
    const wanted = levels === 1 ? FLAG_LEAF : FLAG_BRANCH;
    if (readU64(bytes, 0) !== page) throw new DamageFound(page, 'page number in its header differs');
    if ((bytes.readUInt16LE(18) & FLAGS_OF_STRUCTURE) !== wanted)
      throw new DamageFound(page, `page flags ${bytes.readUInt16LE(18)}, want ${wanted}`);
    const content = bytes.subarray(PAGE_HEADER_BYTES);
    const lower = bytes.readUInt16LE(20);
    const upper = bytes.readUInt16LE(22);
    if (upper < lower || upper > content.length || (lower & 1) !== 0)
      throw new DamageFound(page, `free space from ${lower} to ${upper}`);
    const nodeCount = lower / 2;
    if (nodeCount < (levels === 1 ? 1 : 2)) throw new DamageFound(page, `${nodeCount} nodes`);
    let previousKey: Buffer | null = null;
    for (let index = 0; index < nodeCount; index++) {
      const key = this.#checkNode(tree, page, content, index, upper, levels);
      // The first key of a branch page is not used.
      const isKeyUsed = levels === 1 || index > 0;
      if (isKeyUsed && previousKey !== null && tree.compareKeys(previousKey, key) >= 0)
        throw new DamageFound(page, `keys ${index - 1} and ${index} are out of order`);
      if (isKeyUsed) previousKey = key;
    }
  }

  /**
   * @param content of the page, after its header
   * @returns the node's key, a view of the page
   */
  #checkNode(
    tree: Tree,
    page: number,
    content: Buffer,
    index: number,
    upper: number,
    levels: number,
  ): Buffer {
    const at = content.readUInt16LE(2 * index);
    if (at < upper || at + NODE_HEADER_BYTES > content.length)
      throw new DamageFound(page, `node ${index} at ${at}`);
    const keyEnd = at + NODE_HEADER_BYTES + content.readUInt16LE(at + 6);
    if (keyEnd > content.length) throw new DamageFound(page, `key of node ${index} leaves its page`);
    const low = content.readUInt32LE(at);
    const flags = content.readUInt16LE(at + 4);
    if (levels > 1) this.#checkPage(tree, low + flags * 2 ** 32, levels - 1);
    else this.#checkValue(tree, page, content, { keyEnd, dataBytes: low, flags });
    return content.subarray(at + NODE_HEADER_BYTES, keyEnd);
  }

  #checkValue(
    tree: Tree,
    page: number,
    content: Buffer,
    node: { keyEnd: number; dataBytes: number; flags: number },
  ): void {
    const { keyEnd, dataBytes, flags } = node;
    if ((flags & ~(NODE_LARGE | NODE_DATABASE)) !== 0) throw new DamageFound(page, `node flags ${flags}`);
    const inPage = (flags & NODE_LARGE) === 0 ? dataBytes : LARGE_VALUE_BYTES;
    if (keyEnd + inPage > content.length) throw new DamageFound(page, 'a value leaves its page');
    const isLarge = (flags & NODE_LARGE) !== 0;
    if (isLarge) this.#checkLargeValue(readU64(content, keyEnd), dataBytes);
    if (tree.isFreeList) {
      const start = isLarge ? readU64(content, keyEnd) * this.#pageBytes : page * this.#pageBytes + keyEnd;
      this.#freeLists.push({ position: PAGE_HEADER_BYTES + start, bytes: dataBytes });
    }
    if ((flags & NODE_DATABASE) !== 0) {
      if (dataBytes !== DATABASE_BYTES) throw new DamageFound(page, `database record of ${dataBytes} bytes`);
      this.#checkTree(readTree(content, keyEnd));
    }
  }

  #checkLargeValue(page: number, valueBytes: number): void {
    const pages = Math.floor((PAGE_HEADER_BYTES - 1 + valueBytes) / this.#pageBytes) + 1;
    this.#visit(page, pages);
    const header = this.#read(page, page * this.#pageBytes, PAGE_HEADER_BYTES);
    if (readU64(header, 0) !== page || (header.readUInt16LE(18) & FLAGS_OF_STRUCTURE) !== FLAG_OVERFLOW)
      throw new DamageFound(page, 'not the start of a large value');
    if (header.readUInt32LE(20) < pages) throw new DamageFound(page, 'large value has too few pages');
    if ((page + pages) * this.#pageBytes > this.#fileBytes)
      throw new DamageFound(page, 'large value goes beyond the end of the file');
  }

  /**
   * Pages that LMDB will write to next: none may be in use. A list is its length, then page numbers, zeros as
   * gaps, and pairs of a negative length and a page number for pages in a row.
   */
  #checkFreeList(list: { position: number; bytes: number }): void {
    const words = this.#read(null, list.position, list.bytes);
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

  #visit(page: number, count: number): void {
    if (page < 2 || page + count > this.#pageEnd)
      throw new DamageFound(null, `a reference to page ${page}, of ${this.#pageEnd}`);
    for (let visited = page; visited < page + count; visited++) {
      if (this.#pagesVisited[visited] !== 0) throw new DamageFound(visited, 'page is referred to twice');
      this.#pagesVisited[visited] = 1;
    }
  }

  #read(page: number | null, position: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    const read = readSync(this.#fd, bytes, 0, length, position);
    if (read !== length) throw new DamageFound(page, 'the file ends inside the page');
    return bytes;
  }
}

function readTree(bytes: Buffer, at: number, isFreeList = false): Tree {
  const hasIntegerKeys = (bytes.readUInt16LE(at + 4) & DATABASE_INTEGER_KEYS) !== 0;
  return {
    depth: bytes.readUInt16LE(at + 6),
    root: readU64(bytes, at + 40),
    isFreeList,
    compareKeys: hasIntegerKeys ? compareIntegers : compareBytes,
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
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32;
}
