/** A tree of an LMDB data file while it is checked: what its record says, and the bounds of keys from a page down. */
import { compareBytes, compareIntegers, keyEndAt, nodeAt } from './lmdb-file-check-nodes.ts';
import { NODE_HEADER_BYTES, readRoot, readU16, readU64 } from './lmdb-page.ts';
import { DamageFound } from './page-file.ts';

interface TreeCounts {
  branchPages: number;
  leafPages: number;
  largeValuePages: number;
  entries: number;
}

export interface Tree {
  readonly name: string;
  readonly depth: number;
  /** Null for a tree without pages. */
  readonly root: number | null;
  readonly flags: number;
  readonly isFreeList: boolean;
  /** Its values are the tables of the environment. */
  readonly hasTables: boolean;
  readonly wanted: Readonly<TreeCounts>;
  readonly found: TreeCounts;
}

/** A page of a tree, and which of the pages below `branch` it is; null for the root. */
export interface TreePage {
  readonly page: number;
  readonly branch: Branch | null;
  readonly index: number;
}

/** A branch page whose pages below are to be checked; its keys are their bounds. */
export interface Branch {
  readonly place: TreePage;
  readonly bytes: Buffer;
  readonly count: number;
}

/**
 * All keys from a page down are not less than the key by which a branch page names it, and less than the next one's.
 * Where the page is the first or the last one of its branch page, the branch page's own bound is the nearest.
 *
 * @param first of the keys that are used
 */
export function checkBounds(
  tree: Tree,
  place: TreePage,
  bytes: Buffer,
  start: number,
  first: number,
  last: number,
): void {
  let from = place;
  while (from.branch !== null && from.index === 0) from = from.branch.place;
  let to = place;
  while (to.branch !== null && to.index === to.branch.count - 1) to = to.branch.place;
  const isSound =
    (from.branch === null ||
      compareWith(tree, bytes, nodeAt(bytes, start, first), from.branch, from.index) >= 0) &&
    (to.branch === null || compareWith(tree, bytes, nodeAt(bytes, start, last), to.branch, to.index + 1) < 0);
  if (!isSound) throw new DamageFound(place.page, 'its keys are out of the bounds of the page above it');
}

function compareWith(tree: Tree, bytes: Buffer, at: number, branch: Branch, index: number): number {
  const boundAt = nodeAt(branch.bytes, 0, index);
  const boundEnd = keyEndAt(branch.bytes, boundAt);
  const compareKeys = tree.isFreeList ? compareIntegers : compareBytes;
  return compareKeys(
    bytes,
    at + NODE_HEADER_BYTES,
    keyEndAt(bytes, at),
    branch.bytes,
    boundAt + NODE_HEADER_BYTES,
    boundEnd,
  );
}

export function checkCounts({ name, wanted, found }: Tree): void {
  const isSame =
    found.branchPages === wanted.branchPages &&
    found.leafPages === wanted.leafPages &&
    found.largeValuePages === wanted.largeValuePages &&
    found.entries === wanted.entries;
  if (!isSame)
    throw new DamageFound(
      null,
      `${name} has ${JSON.stringify(found)}, its record says ${JSON.stringify(wanted)}`,
    );
}

export function readTree(
  bytes: Buffer,
  at: number,
  kind: 'free list' | 'tables' | 'table',
  name: string = kind,
): Tree {
  const isFreeList = kind === 'free list';
  return {
    name,
    depth: readU16(bytes, at + 6),
    root: readRoot(bytes, at),
    flags: readU16(bytes, at + 4),
    isFreeList,
    hasTables: kind === 'tables',
    wanted: {
      branchPages: readU64(bytes, at + 8),
      leafPages: readU64(bytes, at + 16),
      largeValuePages: readU64(bytes, at + 24),
      entries: readU64(bytes, at + 32),
    },
    found: { branchPages: 0, leafPages: 0, largeValuePages: 0, entries: 0 },
  };
}
