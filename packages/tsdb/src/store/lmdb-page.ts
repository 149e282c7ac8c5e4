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
