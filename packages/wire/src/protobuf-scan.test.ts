import { describe, expect, it } from 'vitest';
import { ProtobufScan } from './protobuf-scan.ts';

/** A length varint and three bytes of content. */
function scanOf(...varint: number[]): ProtobufScan {
  const scan = new ProtobufScan();
  scan.bytes = Uint8Array.from([...varint, 7, 7, 7]);
  return scan;
}

const contentEndOf = (scan: ProtobufScan): number => scan.contentEnd(scan.bytes.length);
const zeros = (count: number): number[] => Array.from({ length: count }, () => 0x80);

describe('ProtobufScan.contentEnd', () => {
  it.each([
    ['one byte', [3]],
    ['padded to two bytes', [0x83, 0]],
    ['padded to five bytes', [0x83, ...zeros(3), 0]],
    ['padded to ten bytes', [0x83, ...zeros(8), 0]],
  ])('takes a length: %s', (_what, varint) => {
    expect(contentEndOf(scanOf(...varint))).toBe(varint.length + 3);
  });

  it.each([
    ['one too many', [4]],
    ['2^32 - 1', [0xff, 0xff, 0xff, 0xff, 0x0f]],
    ['2^32 + 3', [0x83, ...zeros(3), 0x10]],
    ['2^35 + 3', [0x83, ...zeros(4), 0x01]],
    ['2^63 + 3', [0x83, ...zeros(8), 0x01]],
    ['eleven bytes', [0x83, ...zeros(9), 0]],
  ])('refuses a length that runs past the message: %s', (_what, varint) => {
    expect(() => contentEndOf(scanOf(...varint))).toThrow(
      expect.objectContaining({ code: 'ERR_PROTOBUF_INVALID', kind: 'bad-data' }),
    );
  });
});
