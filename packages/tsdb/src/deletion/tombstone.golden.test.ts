import { expect, it } from 'vitest';
import { decodeTombstone, encodeTombstone } from './tombstone.ts';

const RECORD = '6226ba97 01 03000000 0000000000408f40 0000000000409f40 03000000 01 01 aa02';

it('a tombstone: block id, range of time, and distances of refs', () => {
  const refs = Int32Array.of(1, 2, 300);
  const tombstone = { id: 1, blockIdEnd: 3, startMsInclusive: 1000, endMsInclusive: 2000, refs };
  const record = encodeTombstone(tombstone);
  expect(record.toString('hex')).toBe(RECORD.replaceAll(' ', ''));
  expect(decodeTombstone(1, record)).toEqual(tombstone);
});
