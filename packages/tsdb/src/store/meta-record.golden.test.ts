import { expect, it } from 'vitest';
import { decodeMeta, encodeMeta, type Meta } from './meta-record.ts';

const META: Meta = {
  fingerprintKey: Int32Array.of(1, -2, 0x12345678),
  nextBlockId: 2,
  nextTombstoneId: 3,
  flushedGeneration: 1,
};
const PARTS = '874260c3 02000000 01000000 feffffff 78563412 02000000 01000000 03000000';

it('the meta record has these bytes: a change needs a new format version', () => {
  const hex = PARTS.replaceAll(' ', '');
  expect(encodeMeta(META).toString('hex')).toBe(hex);
  expect(decodeMeta(Buffer.from(hex, 'hex'))).toEqual(META);
});
