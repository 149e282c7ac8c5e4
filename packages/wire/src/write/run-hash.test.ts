import { expect, it } from 'vitest';
import { HASHED_BYTES_MIN, RunHash } from './run-hash.ts';

const KEY = Int32Array.of(1, 2, 3);
const LENGTH_MAX = 40;

function lanesOf(bytes: Uint8Array): string {
  const hash = new RunHash(KEY);
  hash.hashAny(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0, bytes.length);
  return hash.lanes.join();
}

it.each([0, 65, 255])('tells runs of one byte (%d) by their length', (byte) => {
  const all = Array.from({ length: LENGTH_MAX }, (_, length) => lanesOf(new Uint8Array(length).fill(byte)));
  expect(new Set(all).size).toBe(LENGTH_MAX);
});

it('tells a short run from what it is filled up to, whatever its last byte', () => {
  const text = Buffer.from('tenant_abcdefgh');
  for (let length = 0; length < HASHED_BYTES_MIN; length++) {
    const short = text.subarray(0, length);
    const long = Buffer.concat([short, Buffer.alloc(HASHED_BYTES_MIN - length)]);
    for (let last = 0; last < 256; last++) {
      if (length < HASHED_BYTES_MIN) long[HASHED_BYTES_MIN - 1] = last;
      expect(lanesOf(long)).not.toBe(lanesOf(short));
    }
  }
});
