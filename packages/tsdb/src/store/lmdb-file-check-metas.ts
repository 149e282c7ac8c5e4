/** Checks the two meta pages of an LMDB data file, and picks the one that LMDB will use. */
import {
  FLAG_META,
  FLAGS_AT,
  META_BYTES,
  META_TABLES_AT,
  META_TRANSACTION_AT,
  PAGE_HEADER_BYTES,
  readRoot,
  readU64,
} from './lmdb-page.ts';
import { DamageFound, type PageFile } from './page-file.ts';

const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
const PAGE_SIZE_MIN = 512;
export const PAGE_SIZE_MAX = 65_536;

/**
 * Sets the page size of the file.
 *
 * Transactions write the two pages in turn, each with its number: a flipped one would bring back the state before.
 * Where the two numbers are still neighbours, the root of the tables tells: every transaction writes it anew, and
 * that of the state before is not written over as long as its meta page is there. A copy that LMDB made of an
 * environment in use has both states as well; one that it compacted, which nothing here makes, has not.
 *
 * @returns the data of the meta page of the later transaction
 */
export function checkMetas(file: PageFile): Buffer {
  const first = readMeta(file, 0);
  file.pageBytes = first.readUInt32LE(24);
  const { pageBytes } = file;
  const isPageSize = pageBytes >= PAGE_SIZE_MIN && pageBytes <= PAGE_SIZE_MAX;
  if (!isPageSize || (pageBytes & (pageBytes - 1)) !== 0) throw new DamageFound(0, `page size ${pageBytes}`);
  const second = readMeta(file, 1);
  if (second.readUInt32LE(24) !== pageBytes)
    throw new DamageFound(1, `page size ${second.readUInt32LE(24)}, want ${pageBytes}`);
  const even = readU64(first, META_TRANSACTION_AT);
  const odd = readU64(second, META_TRANSACTION_AT);
  if (even % 2 !== 0 || Math.abs(even - odd) !== 1)
    throw new DamageFound(0, `meta pages of transactions ${even} and ${odd}`);
  const newest = Math.max(even, odd);
  const [used, older] = odd > even ? [second, first] : [first, second];
  const root = rootTransaction(file, used);
  const olderRoot = rootTransaction(file, older);
  if ((root !== null && root !== newest) || (olderRoot !== null && olderRoot > newest)) {
    const roots = `${olderRoot ?? 'none'} and ${root ?? 'none'}`;
    throw new DamageFound(
      0,
      `meta pages of transactions ${newest - 1} and ${newest} lead to roots of ${roots}`,
    );
  }
  return used;
}

/** @returns null when there is no root, or beyond the end of the file */
function rootTransaction(file: PageFile, meta: Buffer): number | null {
  const root = readRoot(meta, META_TABLES_AT);
  if (root === null) return null;
  const position = root * file.pageBytes;
  if (position + PAGE_HEADER_BYTES > file.bytes) return null;
  return readU64(file.read(root, position, PAGE_HEADER_BYTES), 8);
}

function readMeta(file: PageFile, page: number): Buffer {
  const bytes = file.read(page, page * file.pageBytes, PAGE_HEADER_BYTES + META_BYTES);
  if ((bytes.readUInt16LE(FLAGS_AT) & FLAG_META) === 0) throw new DamageFound(page, 'not a meta page');
  const meta = bytes.subarray(PAGE_HEADER_BYTES);
  if (meta.readUInt32LE(0) !== MAGIC) throw new DamageFound(page, 'meta page without its magic number');
  if ((meta.readUInt32LE(4) & 0xffff) !== DATA_VERSION)
    throw new DamageFound(page, `LMDB data version ${meta.readUInt32LE(4) & 0xffff}, want ${DATA_VERSION}`);
  return meta;
}
