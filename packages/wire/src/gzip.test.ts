import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { copyBody, gunzip } from './gzip.ts';

const TEXT = Buffer.from('hello '.repeat(20_000));
const GZIP = gzipSync(TEXT);
const TOO_LARGE = expect.objectContaining({ code: 'ERR_BODY_DECODED_BYTES_MAX', kind: 'too-large' });
const INVALID = expect.objectContaining({ code: 'ERR_GZIP_INVALID', kind: 'bad-data' });

function inSharedMemory(bytes: Uint8Array): Uint8Array {
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  return shared;
}

describe('gunzip', () => {
  it('gives back what went in, up to exactly the bound', () => {
    for (const length of [0, 1, 65_535, 65_536, 65_537, TEXT.length]) {
      const original = TEXT.subarray(0, length);
      const inflated = gunzip(gzipSync(original), Math.max(1, length));
      expect(Buffer.compare(inflated, original)).toBe(0);
    }
    expect(() => gunzip(GZIP, TEXT.length - 1)).toThrow(TOO_LARGE);
  });

  it('takes several members, together within the bound', () => {
    const two = Buffer.concat([GZIP, GZIP]);
    expect(gunzip(two, 2 * TEXT.length)).toHaveLength(2 * TEXT.length);
    expect(() => gunzip(two, 2 * TEXT.length - 1)).toThrow(TOO_LARGE);
  });

  it('reads shared memory and leaves it as it is', () => {
    const shared = inSharedMemory(GZIP);
    expect(Buffer.compare(gunzip(shared, TEXT.length), TEXT)).toBe(0);
    expect(Buffer.compare(shared, GZIP)).toBe(0);
  });

  it('stops inflating at the bound, however much there is', () => {
    const bomb = gzipSync(Buffer.alloc(256 * 2 ** 20));
    expect(bomb.length).toBeLessThan(2 ** 20);
    const before = process.memoryUsage().arrayBuffers;
    expect(() => gunzip(bomb, 2 ** 20)).toThrow(TOO_LARGE);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 2 ** 20);
  });

  it.each<[what: string, bytes: Uint8Array]>([
    ['nothing', new Uint8Array(0)],
    ['no gzip', TEXT.subarray(0, 100)],
    ['one that is cut', GZIP.subarray(0, -1)],
    ['one without its trailer', GZIP.subarray(0, -8)],
    ['a head alone', GZIP.subarray(0, 10)],
    ['one with bytes behind it', Buffer.concat([GZIP, Buffer.from('more')])],
    ['one with zeros behind it', Buffer.concat([GZIP, Buffer.alloc(512)])],
    ['one with half another behind it', Buffer.concat([GZIP, GZIP.subarray(0, 20)])],
    [
      'one whose checksum is wrong',
      Buffer.concat([GZIP.subarray(0, -8), Buffer.alloc(4), GZIP.subarray(-4)]),
    ],
  ])('refuses %s', (_what, bytes) => {
    expect(() => gunzip(bytes, 2 ** 20)).toThrow(INVALID);
  });
});

describe('copyBody', () => {
  it('gives bytes of its own, up to exactly the bound', () => {
    const shared = inSharedMemory(TEXT);
    const copy = copyBody(shared, TEXT.length);
    shared.fill(0);
    expect(copy.buffer).toBeInstanceOf(ArrayBuffer);
    expect(Buffer.compare(copy, TEXT)).toBe(0);
    expect(() => copyBody(shared, TEXT.length - 1)).toThrow(TOO_LARGE);
  });
});
