/** Checks the nodes of one page of an LMDB data file: that they fill it without gaps, and that their keys ascend. */
import { PAGE_SIZE_MAX } from './lmdb-file-check-metas.ts';
import {
  LARGE_VALUE_BYTES,
  NODE_HEADER_BYTES,
  NODE_LARGE,
  PAGE_HEADER_BYTES,
  readU16,
  readU64,
} from './lmdb-page.ts';
import { DamageFound, type PageWindow } from './page-file.ts';

/** @param start of the page in `bytes` */
export function nodeAt(bytes: Buffer, start: number, index: number): number {
  const content = start + PAGE_HEADER_BYTES;
  return content + readU16(bytes, content + 2 * index);
}

export function keyEndAt(bytes: Buffer, at: number): number {
  return at + NODE_HEADER_BYTES + readU16(bytes, at + 6);
}

/** The nodes of the page that was checked last. */
export class PageNodes {
  count = 0;
  /** Those of all its nodes, for a leaf. */
  flags = 0;
  /** By node offset, halved: half the length of the node there. All 0 between pages that are sound. */
  readonly #lengths = new Uint16Array(PAGE_SIZE_MAX / 2);

  /**
   * Each node lies in the page then, and so do its key and what it has of a value.
   *
   * @param window in which the page begins at `start`
   */
  check(
    page: number,
    window: PageWindow,
    start: number,
    pageBytes: number,
    isLeaf: boolean,
    hasIntegerKeys: boolean,
  ): void {
    const { bytes, words } = window;
    const content = (start + PAGE_HEADER_BYTES) >>> 1;
    const contentBytes = pageBytes - PAGE_HEADER_BYTES;
    const pageEnd = start + pageBytes;
    const lower = words[content - 2]!;
    const upper = words[content - 1]!;
    if (upper < lower || upper > contentBytes || ((lower | upper) & 1) !== 0)
      throw new DamageFound(page, `free space from ${lower} to ${upper}`);
    const count = lower >>> 1;
    if (count < (isLeaf ? 1 : 2)) throw new DamageFound(page, `${count} nodes`);
    let allFlags = 0;
    let previousStart = 0;
    let previousEnd = 0;
    for (let index = 0; index < count; index++) {
      const offset = words[content + index]!;
      if (offset < upper || (offset & 1) !== 0 || offset + NODE_HEADER_BYTES > contentBytes)
        throw new DamageFound(page, `node ${index} at ${offset}`);
      const node = content + (offset >>> 1);
      const keyStart = 2 * node + NODE_HEADER_BYTES;
      const keyEnd = keyStart + words[node + 3]!;
      let end = keyEnd;
      if (isLeaf) {
        const flags = words[node + 2]!;
        allFlags |= flags;
        end += (flags & NODE_LARGE) === 0 ? words[node]! + words[node + 1]! * 65_536 : LARGE_VALUE_BYTES;
      }
      if (end > pageEnd) throw new DamageFound(page, `node ${index} leaves its page`);
      this.#lengths[offset >>> 1] = (end + 1 - 2 * node) >>> 1;
      // The first key of a branch page is not used.
      if (isLeaf || index > 0) {
        const ascends =
          previousEnd === 0 ||
          (hasIntegerKeys
            ? compareIntegers(bytes, previousStart, previousEnd, bytes, keyStart, keyEnd) < 0
            : isLess(window, previousStart, previousEnd, keyStart, keyEnd));
        if (!ascends) throw new DamageFound(page, `keys ${index - 1} and ${index} are out of order`);
        previousStart = keyStart;
        previousEnd = keyEnd;
      }
    }
    this.#checkTiling(page, upper >>> 1, contentBytes >>> 1, count);
    this.count = count;
    this.flags = allFlags;
  }

  #checkTiling(page: number, upper: number, end: number, nodeCount: number): void {
    let offset = upper;
    let count = 0;
    for (; offset < end; count++) {
      const length = this.#lengths[offset]!;
      if (length === 0) break;
      this.#lengths[offset] = 0;
      offset += length;
    }
    if (offset !== end || count !== nodeCount)
      throw new DamageFound(page, `${nodeCount} nodes leave a gap at ${2 * offset} of ${2 * end}`);
  }
}

/** Of two keys of one window. What they have in common is skipped by words, which is most of their length. */
function isLess(
  { bytes, words }: PageWindow,
  leftStart: number,
  leftEnd: number,
  rightStart: number,
  rightEnd: number,
): boolean {
  const leftBytes = leftEnd - leftStart;
  const rightBytes = rightEnd - rightStart;
  const wordCount = (leftBytes < rightBytes ? leftBytes : rightBytes) >>> 1;
  const leftWord = leftStart >>> 1;
  const rightWord = rightStart >>> 1;
  let same = 0;
  while (same < wordCount && words[leftWord + same] === words[rightWord + same]) same++;
  return compareBytes(bytes, leftStart + 2 * same, leftEnd, bytes, rightStart + 2 * same, rightEnd) < 0;
}

/** As LMDB compares keys: negative when the left range of bytes is less. */
export function compareBytes(
  left: Buffer,
  leftStart: number,
  leftEnd: number,
  right: Buffer,
  rightStart: number,
  rightEnd: number,
): number {
  const leftBytes = leftEnd - leftStart;
  const rightBytes = rightEnd - rightStart;
  const shorter = leftBytes < rightBytes ? leftBytes : rightBytes;
  for (let index = 0; index < shorter; index++) {
    const difference = left[leftStart + index]! - right[rightStart + index]!;
    if (difference !== 0) return difference;
  }
  return leftBytes - rightBytes;
}

/** Transactions, of the tree of free pages. */
export function compareIntegers(
  left: Buffer,
  leftStart: number,
  leftEnd: number,
  right: Buffer,
  rightStart: number,
  rightEnd: number,
): number {
  if (leftEnd - leftStart !== 8 || rightEnd - rightStart !== 8) return 1;
  return readU64(left, leftStart) - readU64(right, rightStart);
}
