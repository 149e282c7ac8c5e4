/**
 * New series that wait for the index: the label bytes of consecutive refs (docs/format/tsdb.md, `waiting`):
 *
 *   crc32 u32 | version u8 | length varint of what follows before it was compressed | compressed:
 *   count varint | length of label bytes varint × count | label bytes …
 *
 * They are compressed because their pages are free again once the series are indexed, and stay in the file.
 */
import { mustBeIntactUnderKey, sealUnderKey } from '../store/checksum.ts';
import { mustKnowVersion } from '../store/damage.ts';
import { deflate, inflate } from '../store/deflated.ts';
import { ByteReader, VARINT_BYTES_MAX, writeVarint } from '../store/varint.ts';

const VERSION = 1;
const LENGTH_AT = 5;

/**
 * @param bytes label bytes of the series one after the other
 * @param bounds where they lie in `bytes`: series i from bounds[i] to bounds[i + 1]; at least two
 * @returns owned bytes
 */
export function encodeWaitingBatch(key: Buffer, bytes: Uint8Array, bounds: Int32Array): Buffer {
  const count = bounds.length - 1;
  const start = bounds[0]!;
  const end = bounds[count]!;
  const contents = Buffer.allocUnsafe((count + 1) * VARINT_BYTES_MAX + end - start);
  let position = writeVarint(contents, 0, count);
  for (let index = 0; index < count; index++)
    position = writeVarint(contents, position, bounds[index + 1]! - bounds[index]!);
  contents.set(bytes.subarray(start, end), position);
  return encodeContents(key, contents.subarray(0, position + end - start));
}

function encodeContents(key: Buffer, contents: Buffer): Buffer {
  const compressed = deflate(contents);
  const record = Buffer.allocUnsafe(LENGTH_AT + VARINT_BYTES_MAX + compressed.length);
  record.writeUInt8(VERSION, 4);
  const position = writeVarint(record, LENGTH_AT, contents.length);
  record.set(compressed, position);
  return sealUnderKey(key, record.subarray(0, position + compressed.length));
}

/**
 * @param visit called for each series with where its label bytes lie in `bytes`, which is the same for all
 * @throws PromontoryError ERR_STORE_CORRUPT, ERR_STORE_FORMAT_VERSION; nothing was visited then
 */
export function walkWaitingBatch(
  key: Buffer,
  record: Buffer,
  visit: (index: number, bytes: Buffer, start: number, end: number) => void,
): void {
  mustBeIntactUnderKey(key, record, 'waiting batch');
  mustKnowVersion(record[4] ?? 0, VERSION, 'waiting batch');
  const header = new ByteReader().reset(record, LENGTH_AT, record.length);
  const length = header.readVarint();
  const contents = inflate(record.subarray(header.offset), length, 'waiting batch');
  const reader = new ByteReader().reset(contents, 0, contents.length);
  const ends = new Int32Array(reader.readCount(1));
  let labelBytes = 0;
  for (let index = 0; index < ends.length; index++) ends[index] = labelBytes += reader.readVarint();
  const labelsAt = reader.skip(labelBytes);
  reader.finish();
  let start = labelsAt;
  for (const [index, labelsEnd] of ends.entries()) {
    visit(index, contents, start, labelsAt + labelsEnd);
    start = labelsAt + labelsEnd;
  }
}
