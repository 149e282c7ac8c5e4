/**
 * Checks the tree structure of an LMDB data file before LMDB maps it.
 *
 * LMDB trusts its pages: a truncated file ends the process with SIGBUS, a flipped byte in a page header can
 * send it anywhere, and one in a key makes its search miss what is there. Values have checksums of their own; this
 * looks at everything else that LMDB follows: meta pages, page headers, node offsets and sizes, page numbers, the
 * order of keys, lists of free pages, and what the file says about its own counts.
 *
 * Trees are checked level by level, and the pages of a level in the order in which they lie in the file, so that
 * the file is read once and in large pieces.
 *
 * The layout is that of LMDB's data format 2 as lmdb-js builds it: 24 bytes of page header, large values named
 * by (page, transaction, pages).
 */
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { checkMetas } from './lmdb-file-check-metas.ts';
import { keyEndAt, nodeAt, PageNodes } from './lmdb-file-check-nodes.ts';
import {
  DATABASE_BYTES,
  FLAG_BRANCH,
  FLAG_LEAF,
  FLAG_RUN,
  FLAGS_AT,
  META_FREE_AT,
  META_LAST_PAGE_AT,
  META_TABLES_AT,
  META_TRANSACTION_AT,
  NODE_DATABASE,
  NODE_HEADER_BYTES,
  NODE_LARGE,
  PAGE_HEADER_BYTES,
  readU16,
  readU32,
  readU64,
  RUN_PAGES_AT,
} from './lmdb-page.ts';
import {
  type Branch,
  checkBounds,
  checkCounts,
  readTree,
  type Tree,
  type TreePage,
} from './lmdb-file-check-tree.ts';
import { DamageFound, type LmdbFileDamage, PageFile } from './page-file.ts';

/** 256 GiB of the smallest pages that are used. */
const PAGES_MAX = 2 ** 26;
const DEPTH_MAX = 32;

const DATABASE_INTEGER_KEYS = 0x08;

/** Pages of one level of one tree. */
interface Level {
  readonly tree: Tree;
  /** From here down to the leaves, this one included. */
  readonly levels: number;
  readonly pages: TreePage[];
}

/** The run of pages of a large value. */
interface LargeValue {
  readonly page: number;
  readonly pages: number;
}

/**
 * @param directory of the environment; nobody else writes to it meanwhile
 * @param tableNames the tables that it must have
 * @returns what is wrong, or null when the structure is sound or the environment was not made yet
 */
export function checkLmdbFile(directory: string, tableNames: readonly string[]): LmdbFileDamage | null {
  const path = join(directory, 'data.mdb');
  if (!existsSync(directory)) return null;
  if (!existsSync(path)) return { page: null, reason: 'its data file is missing' };
  const fd = openSync(path, 'r');
  try {
    return new StructureCheck(new PageFile(fd)).run(tableNames);
  } catch (error) {
    if (error instanceof DamageFound) return error.damage;
    throw error;
  } finally {
    closeSync(fd);
  }
}

class StructureCheck {
  readonly #file: PageFile;
  #pagesVisited = new Uint8Array(0);
  #pageEnd = 0;
  readonly #trees: Tree[] = [];
  readonly #nodes = new PageNodes();
  readonly #levels: Level[] = [];
  readonly #largeValues: LargeValue[] = [];
  /** The newest transaction: no page is of a later one. */
  #transaction = 0;
  readonly #tableNames = new Set<string>();
  /** Where the lists of free pages lie in the file; they are checked last, against all pages in use. */
  readonly #freeLists: { position: number; bytes: number }[] = [];

  constructor(file: PageFile) {
    this.#file = file;
  }

  run(tableNames: readonly string[]): null {
    const meta = checkMetas(this.#file);
    this.#transaction = readU64(meta, META_TRANSACTION_AT);
    const lastPage = readU64(meta, META_LAST_PAGE_AT);
    this.#pageEnd = lastPage + 1;
    if (this.#pageEnd > PAGES_MAX) throw new DamageFound(null, `last page ${lastPage}`);
    this.#pagesVisited = new Uint8Array(this.#pageEnd);
    this.#addTree(readTree(meta, META_FREE_AT, 'free list'));
    this.#addTree(readTree(meta, META_TABLES_AT, 'tables'));
    for (let level = this.#levels.pop(); level !== undefined; level = this.#levels.pop())
      this.#checkLevel(level);
    for (const tree of this.#trees) checkCounts(tree);
    this.#file.walk(this.#largeValues, PAGE_HEADER_BYTES, (value, { bytes }, at) =>
      this.#checkLargeValue(value, bytes, at),
    );
    for (const list of this.#freeLists) this.#checkFreeList(list);
    for (const name of tableNames) {
      if (!this.#tableNames.has(name)) throw new DamageFound(null, `table ${name} is missing`);
    }
    return null;
  }

  #addTree(tree: Tree): void {
    const flagsWanted = tree.isFreeList ? DATABASE_INTEGER_KEYS : 0;
    if (tree.flags !== flagsWanted)
      throw new DamageFound(null, `tree flags ${tree.flags}, want ${flagsWanted}`);
    this.#trees.push(tree);
    if (tree.root === null) return;
    if (tree.depth < 1 || tree.depth > DEPTH_MAX) throw new DamageFound(null, `tree depth ${tree.depth}`);
    this.#visit(tree.root, 1);
    this.#levels.push({ tree, levels: tree.depth, pages: [{ page: tree.root, branch: null, index: 0 }] });
  }

  #checkLevel({ tree, levels, pages }: Level): void {
    const isLeaf = levels === 1;
    const below: TreePage[] = [];
    this.#file.walk(pages, this.#file.pageBytes, (place, window, start) => {
      const { pageBytes } = this.#file;
      this.#checkHeader(place.page, window.bytes, start, isLeaf ? FLAG_LEAF : FLAG_BRANCH);
      this.#nodes.check(place.page, window, start, pageBytes, isLeaf, tree.isFreeList);
      checkBounds(tree, place, window.bytes, start, isLeaf ? 0 : 1, this.#nodes.count - 1);
      if (isLeaf) this.#checkLeaf(tree, place.page, window.bytes, start);
      else
        this.#addPagesBelow(tree, place, Buffer.from(window.bytes.subarray(start, start + pageBytes)), below);
    });
    if (below.length > 0) this.#levels.push({ tree, levels: levels - 1, pages: below });
  }

  #checkHeader(page: number, bytes: Buffer, at: number, flagsWanted: number): void {
    if (readU64(bytes, at) !== page) throw new DamageFound(page, 'page number in its header differs');
    const flags = readU16(bytes, at + FLAGS_AT);
    if (flags !== flagsWanted) throw new DamageFound(page, `page flags ${flags}, want ${flagsWanted}`);
    // LMDB writes in place to pages that it takes for its own transaction's.
    const transaction = readU64(bytes, at + 8);
    if (transaction > this.#transaction)
      throw new DamageFound(page, `page of transaction ${transaction}, the newest is ${this.#transaction}`);
  }

  #addPagesBelow(tree: Tree, place: TreePage, bytes: Buffer, below: TreePage[]): void {
    const { count } = this.#nodes;
    const branch: Branch = { place, bytes, count };
    tree.found.branchPages++;
    for (let index = 0; index < count; index++) {
      const at = nodeAt(bytes, 0, index);
      const page = this.#visit(readU32(bytes, at) + readU16(bytes, at + 4) * 2 ** 32, 1);
      below.push({ page, branch, index });
    }
  }

  #checkLeaf(tree: Tree, page: number, bytes: Buffer, start: number): void {
    const { count, flags } = this.#nodes;
    tree.found.leafPages++;
    tree.found.entries += count;
    if (flags === 0 && !tree.isFreeList) return;
    for (let index = 0; index < count; index++)
      this.#checkValue(tree, page, bytes, start, nodeAt(bytes, start, index));
  }

  /** @param at where the leaf's node begins in the page */
  #checkValue(tree: Tree, page: number, bytes: Buffer, start: number, at: number): void {
    const dataBytes = readU32(bytes, at);
    const flags = readU16(bytes, at + 4);
    const keyEnd = keyEndAt(bytes, at);
    if (flags > (tree.hasTables ? NODE_DATABASE : NODE_LARGE))
      throw new DamageFound(page, `node flags ${flags}`);
    const isLarge = (flags & NODE_LARGE) !== 0;
    if (isLarge) this.#addLargeValue(tree, readU64(bytes, keyEnd), readU64(bytes, keyEnd + 16), dataBytes);
    if (tree.isFreeList) {
      const { pageBytes } = this.#file;
      const position = isLarge
        ? readU64(bytes, keyEnd) * pageBytes + PAGE_HEADER_BYTES
        : page * pageBytes + keyEnd - start;
      this.#freeLists.push({ position, bytes: dataBytes });
    }
    if ((flags & NODE_DATABASE) === 0) return;
    if (dataBytes !== DATABASE_BYTES) throw new DamageFound(page, `database record of ${dataBytes} bytes`);
    const name = bytes.toString('latin1', at + NODE_HEADER_BYTES, keyEnd).replace(/\0$/, '');
    this.#tableNames.add(name);
    this.#addTree(readTree(bytes, keyEnd, 'table', name));
  }

  #addLargeValue(tree: Tree, page: number, pages: number, valueBytes: number): void {
    const pagesNeeded = Math.floor((PAGE_HEADER_BYTES - 1 + valueBytes) / this.#file.pageBytes) + 1;
    if (pages < pagesNeeded)
      throw new DamageFound(page, `large value of ${pages} pages, it needs ${pagesNeeded}`);
    this.#visit(page, pages);
    if ((page + pagesNeeded) * this.#file.pageBytes > this.#file.bytes)
      throw new DamageFound(page, 'large value goes beyond the end of the file');
    tree.found.largeValuePages += pages;
    this.#largeValues.push({ page, pages });
  }

  #checkLargeValue({ page, pages }: LargeValue, bytes: Buffer, at: number): void {
    this.#checkHeader(page, bytes, at, FLAG_RUN);
    const pagesOfIt = readU32(bytes, at + RUN_PAGES_AT);
    if (pagesOfIt !== pages)
      throw new DamageFound(page, `large value of ${pagesOfIt} pages, its node says ${pages}`);
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
