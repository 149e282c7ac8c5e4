/**
 * How many samples a selection has in a range, told from directories and counts, not from samples. Of a block: which of the
 * series are in it, and how many samples a few of them have in the range, evenly chosen. Of the head: the counts of the
 * series themselves; what lies partly in the range counts by the part of its time that does, as if samples were spread
 * evenly. Deletions that blocks have not caught up with, and samples that are in two blocks, are counted.
 */
import type { WorkTicker } from '@promontory/base';
import type { Block } from '../block/block-header.ts';
import type { BlockReader } from '../block/block-reader.ts';
import type { HeadReader, HeadSeriesSummary } from '../head/head-reader.ts';
import type { RefSet } from '../index/ref-sets.ts';
import type { TimeBounds } from './time-bounds.ts';

/** More series than this are judged by as many of them, evenly chosen. */
const REFS_LOOKED_AT_MAX = 10_000;
/** Series whose directories are read, in all blocks together, and in each of them at least. */
const REFS_COUNTED_MAX = 512;
const REFS_COUNTED_MIN = 8;

export interface SampleEstimate {
  /** Not whole numbers. */
  readonly floats: number;
  readonly histograms: number;
}

/** Both inclusive. */
export interface TimeExtent {
  readonly firstTimestampMs: number;
  readonly lastTimestampMs: number;
}

export interface EstimateSources {
  readonly blocks: readonly BlockReader[];
  readonly heads: readonly HeadReader[];
  readonly bounds: TimeBounds;
}

export function estimateSamples({ blocks, heads, bounds }: EstimateSources, refs: RefSet): SampleEstimate {
  const looked = evenlyChosen(refs, REFS_LOOKED_AT_MAX);
  if (looked.length === 0) return { floats: 0, histograms: 0 };
  let floats = 0;
  let histograms = 0;
  const countedMax = Math.max(REFS_COUNTED_MIN, Math.floor(REFS_COUNTED_MAX / blocks.length));
  for (const block of blocks) {
    const header = block.block();
    if (header === null || partInside(header, bounds) === 0) continue;
    const there = refsIn(block, looked);
    const counted = evenlyChosen(there, countedMax);
    const counts = countsOf(block, counted, bounds);
    const scale = there.length / Math.max(1, counted.length);
    floats += counts.floats * scale;
    histograms += counts.histograms * scale;
  }
  const summary = emptySummary();
  for (const head of heads) {
    for (const ref of looked) {
      const part = partInside(head.summarise(ref, summary), bounds);
      floats += summary.floatCount * part;
      histograms += summary.histogramCount * part;
    }
  }
  const scale = refs.length / looked.length;
  return { floats: floats * scale, histograms: histograms * scale };
}

/** @returns null when there is no sample */
export function timeExtentOf(
  blocks: readonly Block[],
  heads: readonly HeadReader[],
  ticker: WorkTicker,
): TimeExtent | null {
  let firstTimestampMs = Number.POSITIVE_INFINITY;
  let lastTimestampMs = Number.NEGATIVE_INFINITY;
  const take = (extent: TimeExtent): void => {
    firstTimestampMs = Math.min(firstTimestampMs, extent.firstTimestampMs);
    lastTimestampMs = Math.max(lastTimestampMs, extent.lastTimestampMs);
  };
  for (const block of blocks) take(block);
  const summary = emptySummary();
  for (const head of heads) {
    for (const ref of head.refs()) {
      ticker.tick();
      take(head.summarise(ref, summary));
    }
  }
  return firstTimestampMs <= lastTimestampMs ? { firstTimestampMs, lastTimestampMs } : null;
}

function refsIn(block: BlockReader, refs: RefSet): RefSet {
  const index = block.index();
  return refs.filter((ref) => index.hasRef(ref));
}

function countsOf(block: BlockReader, refs: RefSet, bounds: TimeBounds): SampleEstimate {
  let floats = 0;
  let histograms = 0;
  for (const ref of refs) {
    const counts = block.counts(ref, bounds.rangeStartMsInclusive, bounds.rangeEndMsInclusive);
    floats += counts.floats;
    histograms += counts.histograms;
  }
  return { floats, histograms };
}

function evenlyChosen(refs: RefSet, countMax: number): RefSet {
  const stride = Math.max(1, Math.ceil(refs.length / countMax));
  return stride === 1 ? refs : refs.filter((_, index) => index % stride === 0);
}

/** From 0 to 1. */
function partInside({ firstTimestampMs, lastTimestampMs }: TimeExtent, bounds: TimeBounds): number {
  const startMs = Math.max(firstTimestampMs, bounds.rangeStartMsInclusive);
  const endMs = Math.min(lastTimestampMs, bounds.rangeEndMsInclusive);
  if (!(startMs <= endMs)) return 0;
  const spanMs = lastTimestampMs - firstTimestampMs;
  return spanMs === 0 ? 1 : (endMs - startMs) / spanMs;
}

function emptySummary(): HeadSeriesSummary {
  return { floatCount: 0, histogramCount: 0, firstTimestampMs: 0, lastTimestampMs: 0 };
}
