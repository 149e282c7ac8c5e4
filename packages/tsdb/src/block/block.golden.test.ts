import { describe, expect, it } from 'vitest';
import { type Block, decodeBlockHeader, encodeBlockHeader } from './block-header.ts';
import { BlockIndexBuilder, decodeBlockIndex } from './block-index.ts';
import { segmentKey } from './block-folder.ts';
import { type EncodedChunk, encodedColumn } from './encoded-chunk.ts';
import { SegmentBuilder } from './segment-builder.ts';
import { Segment } from './segment.ts';
import { FLOATS, HISTOGRAMS, START_TIMESTAMPS, streamKey } from './stream-kind.ts';

const START_MS = 1_700_000_000_000;
const BLOCK_ID = 7;

function chunk(startMs: number, timestamps: string, values: string): EncodedChunk {
  return {
    sampleCount: 3,
    firstTimestampMs: startMs,
    lastTimestampMs: startMs + 30_000,
    timestamps: encodedColumn(Buffer.from(timestamps, 'hex')),
    values: encodedColumn(Buffer.from(values, 'hex')),
  };
}

const hexOf = (parts: readonly string[]): string => parts.join('').replaceAll(' ', '');

/** Header, directory by columns and streams, then the columns. Two columns are shared. */
const SEGMENT_PARTS = [
  'be6a84d2 01000000 57000000 07000000 02000000 60000000',
  '02 03 03 00008056febc7842',
  '03 00 b0ea01 02 935d1dce',
  '03 e0d403 b0ea01 01 df1ddd9d',
  '01 976c646e',
  '02 f33c42c5',
  '03 a3038d94',
  '14 02 0000 0000',
  '01 01 0100',
  '9d09 01 0201',
  'a1a2 a3 b1 b2b3 c1c2c3',
];
/** Header, first stream keys, first timestamps, runs of refs. */
const INDEX_PARTS = [
  '9af0fbc0 01000000 07000000 02000000 02000000',
  '0000000000003440 0000000000c09240',
  '00008056febc7842 00002665febc7842',
  '0503 a40201',
];
const HEADER_PARTS = [
  '0c92a570 01 01 0000 07000000 02000000 01000000 03000000 04000000',
  '00008056febc7842 0080295afebc7842',
  '0000000000001040 0000000000000840 0000000000000040',
];

describe('bytes that a change of needs a new version', () => {
  it('of a segment', () => {
    const builder = new SegmentBuilder(BLOCK_ID);
    expect(builder.tryAdd(5, FLOATS, chunk(START_MS, 'a1a2', 'b1'))).toBe(true);
    builder.tryAdd(5, FLOATS, chunk(START_MS + 60_000, 'a3', 'b2b3'));
    builder.tryAdd(5, HISTOGRAMS, chunk(START_MS, 'a1a2', 'c1c2c3'));
    builder.tryAdd(300, START_TIMESTAMPS, chunk(START_MS + 60_000, 'a3', 'b1'));
    const bytes = builder.seal(2);
    expect(bytes.toString('hex')).toBe(hexOf(SEGMENT_PARTS));
    const segment = new Segment();
    segment.load(bytes, BLOCK_ID, 2);
    expect([...segment.streamKeys.subarray(0, segment.streamCount)]).toEqual([
      streamKey(5, FLOATS),
      streamKey(5, HISTOGRAMS),
      streamKey(300, START_TIMESTAMPS),
    ]);
    expect([...segment.streamChunkStart.subarray(0, 4)]).toEqual([0, 2, 3, 4]);
    expect([...segment.chunkTimestampColumn.subarray(0, 4)]).toEqual([0, 1, 0, 1]);
    expect([...segment.chunkValueColumn.subarray(0, 4)]).toEqual([0, 1, 2, 0]);
    expect(segment.lastTimestampMsOf(3)).toBe(START_MS + 90_000);
  });

  it('of an index', () => {
    const builder = new BlockIndexBuilder();
    for (const ref of [5, 5, 6, 7, 300]) builder.addRef(ref);
    builder.addSegment(0, streamKey(5, FLOATS), START_MS);
    builder.addSegment(1, streamKey(300, FLOATS), START_MS + 60_000);
    const bytes = builder.build().encode(BLOCK_ID);
    expect(bytes.toString('hex')).toBe(hexOf(INDEX_PARTS));
    const index = decodeBlockIndex(bytes, BLOCK_ID);
    expect([...index.copyRefs()]).toEqual([5, 6, 7, 300]);
    expect([4, 5, 7, 8, 299, 300, 301].map((ref) => index.hasRef(ref))).toEqual([
      false,
      true,
      true,
      false,
      false,
      true,
      false,
    ]);
    expect(index.find(streamKey(300, FLOATS), START_MS + 60_000)).toBe(1);
    expect(index.find(streamKey(300, FLOATS), START_MS + 59_999)).toBe(0);
    expect(index.find(streamKey(1, FLOATS), START_MS)).toBe(0);
  });

  it('of a header', () => {
    const block: Block = {
      id: BLOCK_ID,
      level: 1,
      firstGeneration: 3,
      lastGeneration: 4,
      firstTimestampMs: START_MS,
      lastTimestampMs: START_MS + 15_000,
      seriesCount: 2,
      segmentCount: 1,
      floatCount: 4,
      histogramCount: 3,
      startTimestampCount: 2,
      bytes: 40_960,
    };
    const bytes = encodeBlockHeader(block);
    expect(bytes.toString('hex')).toBe(hexOf(HEADER_PARTS));
    expect(decodeBlockHeader(bytes, BLOCK_ID, 40_960)).toEqual(block);
  });

  it('of a key', () => {
    expect(segmentKey(258).toString('hex')).toBe('0200000102');
  });
});
