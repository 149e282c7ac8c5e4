import { expect, it } from 'vitest';
import { type Block, decodeBlock, encodeBlock } from './block-record.ts';

const BLOCK: Block = {
  id: 3,
  firstTimestampMs: 1_700_000_000_000,
  lastTimestampMs: 1_700_000_015_000,
  sampleCount: 4,
  seriesCount: 2,
  chunkBytes: 100,
};
/** Checksum, version, first and last timestamp, samples, series, chunk bytes. */
const PARTS =
  'cea36db2 01000000 00008056febc7842 0080295afebc7842 0000000000001040 02000000 0000000000005940';

it('a block record has these bytes: a change needs a new version', () => {
  const hex = PARTS.replaceAll(' ', '');
  expect(encodeBlock(BLOCK).toString('hex')).toBe(hex);
  expect(decodeBlock(3, Buffer.from(hex, 'hex'))).toEqual(BLOCK);
});
