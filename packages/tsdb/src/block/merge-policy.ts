/**
 * Which blocks are merged next. A flush leaves a block of few samples a series, too few for good chunks and one
 * more place to look for every query. Whenever MERGE_FAN_IN blocks of one level lie side by side in time, they
 * become one of the next level; so a sample is written again once a level, and with the ranges and sizes that
 * end a block's growth that is three or four times in all.
 *
 * Where samples come far out of order, every flush covers a long time, and its block overlaps others. Such blocks
 * are merged too, as long as that makes little of the new one longer than the longest of them. So whatever they
 * cover, of one level at most three blocks have their first samples within half of `mergedRangeMsMax`, but for those
 * that are as large as pays.
 */
import type { Block } from './block-header.ts';

export const MERGE_FAN_IN = 4;
/** Beyond it chunks are full and merging gains nothing. */
const BLOCK_BYTES_MAX = 1024 ** 3;
const DAY_MS = 24 * 3600 * 1000;
/** Retention goes by whole blocks, so a block is to be a small part of it. */
const RETENTION_PARTS = 10;
const RANGE_MS_MIN = 2 * 3600 * 1000;
const RANGE_MS_MAX = 31 * DAY_MS;

/** The longest time that a block may cover which is merged of shorter ones. */
export function mergedRangeMsMax(retentionMs: number): number {
  return Math.min(RANGE_MS_MAX, Math.max(RANGE_MS_MIN, retentionMs / RETENTION_PARTS));
}

/**
 * @param roomBytes blocks that are larger together are passed over
 * @returns blocks to make one of, lowest level first, in the order of their first samples; or null
 */
export function chooseMerge(
  blocks: readonly Block[],
  retentionMs: number,
  roomBytes = Number.POSITIVE_INFINITY,
): readonly Block[] | null {
  const byTime = [...blocks].sort(
    (left, right) => left.firstTimestampMs - right.firstTimestampMs || left.id - right.id,
  );
  const rangeMsMax = mergedRangeMsMax(retentionMs);
  const bytesMax = Math.min(BLOCK_BYTES_MAX, roomBytes);
  const levels = [...new Set(byTime.map((block) => block.level))].sort((left, right) => left - right);
  for (const level of levels) {
    const ofLevel = byTime.filter((block) => block.level === level);
    for (let start = 0; start + MERGE_FAN_IN <= ofLevel.length; start++) {
      const candidates = ofLevel.slice(start, start + MERGE_FAN_IN);
      if (sumBytes(candidates) <= bytesMax && isCompact(candidates, rangeMsMax)) return candidates;
    }
  }
  return null;
}

export function sumBytes(blocks: readonly Block[]): number {
  return blocks.reduce((sum, block) => sum + block.bytes, 0);
}

function isCompact(blocks: readonly Block[], rangeMsMax: number): boolean {
  const firstMs = Math.min(...blocks.map((block) => block.firstTimestampMs));
  const lastMs = Math.max(...blocks.map((block) => block.lastTimestampMs));
  const longestMs = Math.max(...blocks.map((block) => block.lastTimestampMs - block.firstTimestampMs));
  return lastMs - firstMs <= Math.max(rangeMsMax, longestMs + rangeMsMax / 2);
}
