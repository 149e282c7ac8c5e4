/** Pages of a data file in LMDB's format 2 as lmdb-js builds it. */

/** What environments are made with. */
export const PAGE_BYTES = 4096;
export const META_PAGES = 2;

/** Number u64, transaction u64, u16, flags u16, and of a run of pages their count u32. */
export const PAGE_HEADER_BYTES = 24;
export const FLAGS_AT = 18;
export const RUN_PAGES_AT = 20;

export const FLAG_BRANCH = 0x01;
export const FLAG_LEAF = 0x02;
/** The first of some pages in a row that hold one large value. */
export const FLAG_RUN = 0x04;
export const FLAG_META = 0x08;

export const DATABASE_BYTES = 48;
/** In the data of a meta page, which follow its header. */
export const META_MAP_SIZE_AT = 16;
export const META_FREE_AT = 24;
export const META_TABLES_AT = META_FREE_AT + DATABASE_BYTES;
export const META_LAST_PAGE_AT = META_TABLES_AT + DATABASE_BYTES;
export const META_TRANSACTION_AT = META_LAST_PAGE_AT + 8;
export const META_BYTES = META_TRANSACTION_AT + 16;
/** In the record of a tree. */
const ROOT_AT = 40;
/** The root of a tree without pages is all ones. */
const NO_PAGE_HALF = 0xffff_ffff;

/** Length of the value u32 and flags u16, or in a branch page the page below u48; length of the key u16; the key. */
export const NODE_HEADER_BYTES = 8;
/** The value lies in pages of its own; in its place are the first of them, the transaction, and their number. */
export const NODE_LARGE = 0x01;
export const NODE_DATABASE = 0x02;
export const LARGE_VALUE_BYTES = 24;

export function readU16(bytes: Buffer, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8);
}

export function readU32(bytes: Buffer, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

/** Page numbers, transaction ids and counts: rounded above 2^53, which is more than any of them. */
export function readU64(bytes: Buffer, at: number): number {
  return readU32(bytes, at) + readU32(bytes, at + 4) * 2 ** 32;
}

/** @returns the root page of a tree, or null when it has no pages */
export function readRoot(bytes: Buffer, at: number): number | null {
  const isNone =
    readU32(bytes, at + ROOT_AT) === NO_PAGE_HALF && readU32(bytes, at + ROOT_AT + 4) === NO_PAGE_HALF;
  return isNone ? null : readU64(bytes, at + ROOT_AT);
}
