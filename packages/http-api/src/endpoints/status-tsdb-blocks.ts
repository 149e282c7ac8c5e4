import type { DataBlock } from '../data-source.ts';
import { successResponse } from '../json/envelope.ts';
import type { JsonObject } from '../json/json-writer.ts';
import { dataEndpoint } from './data-endpoint.ts';

/** Crockford's 32 digits, as ULIDs are written. */
const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TIME_DIGITS = 10;
const ID_DIGITS = 16;

/** The blocks on disk. */
export const statusTsdbBlocksEndpoint = dataEndpoint({
  methods: ['GET'],
  path: '/api/v1/status/tsdb/blocks',
  handle: async ({ services }) => {
    const blocks = await services.source.blocks();
    return successResponse((writer) => writer.object({ blocks: blocks.map(metaOf) }));
  },
});

/** As Prometheus's meta.json has it: `maxTime` is not part of the block, and counts of 0 are left out. */
function metaOf(block: DataBlock): JsonObject {
  const { firstTimestampMs, lastTimestampMs, floatCount, histogramCount, seriesCount, segmentCount } = block;
  const ulid = ulidOf(block);
  return {
    ulid,
    minTime: firstTimestampMs,
    maxTime: lastTimestampMs + 1,
    stats: {
      numSamples: floatCount + histogramCount || undefined,
      numFloatSamples: floatCount || undefined,
      numHistogramSamples: histogramCount || undefined,
      numSeries: seriesCount || undefined,
      numChunks: segmentCount || undefined,
    },
    compaction: { level: block.level + 1, sources: [ulid] },
    version: 1,
  };
}

/** The block's first time and its number: as long as there is the block, it has this one and no other has it. */
function ulidOf({ id, firstTimestampMs }: DataBlock): string {
  return digitsOf(Math.max(0, firstTimestampMs), TIME_DIGITS) + digitsOf(id, ID_DIGITS);
}

function digitsOf(whole: number, digitCount: number): string {
  let rest = whole;
  let text = '';
  for (let digit = 0; digit < digitCount; digit++) {
    text = DIGITS[rest % DIGITS.length]! + text;
    rest = Math.floor(rest / DIGITS.length);
  }
  return text;
}
