import { crc32 } from 'node:zlib';
import { expect, it } from 'vitest';
import { mustBeIntactUnderKey, sealUnderKey } from './checksum.ts';

it.each([
  [0, 4],
  [1, 5],
  [12, 9],
  [64, 68],
  [65, 69],
  [300, 3000],
])('seals a key of %i and a record of %i bytes as zlib does, key first', (keyBytes, recordBytes) => {
  const key = Buffer.from(Array.from({ length: keyBytes }, (_unused, index) => (index * 37) & 255));
  const record = Buffer.from(Array.from({ length: recordBytes }, (_unused, index) => (index * 91) & 255));
  sealUnderKey(key, record);
  expect(record.readUInt32LE(0)).toBe(crc32(Buffer.concat([key, record.subarray(4)])));
  expect(mustBeIntactUnderKey(key, record, 'record')).toBe(record);
  record[0]! ^= 1;
  expect(() => mustBeIntactUnderKey(key, record, 'record')).toThrow('checksum');
});
