/**
 * New series that wait for the index: the label bytes of consecutive refs (docs/format/tsdb.md, `waiting`):
 *
 *   crc32 u32 | version u8 | count varint | length of label bytes varint × count | label bytes …
 */
import { mustBeIntactUnderKey, sealUnderKey } from '../store/checksum.ts';
import { mustKnowVersion } from '../store/damage.ts';
import { VARINT_BYTES_MAX, VarintReader, writeVarint } from '../store/varint.ts';

const VERSION = 1;
const COUNT_AT = 5;

/**
 * @param bytes label bytes of the series one after the other
 * @param bounds where they lie in `bytes`: series i from bounds[i] to bounds[i + 1]; at least two
 * @returns owned bytes
 */
export function encodeWaitingBatch(key: Buffer, bytes: Uint8Array, bounds: Int32Array): Buffer {
  const count = bounds.length - 1;
  const start = bounds[0]!;
  const end = bounds[count]!;
  const record = Buffer.allocUnsafe(COUNT_AT + (count + 1) * VARINT_BYTES_MAX + end - start);
  record.writeUInt8(VERSION, 4);
  let position = writeVarint(record, COUNT_AT, count);
  for (let index = 0; index < count; index++)
    position = writeVarint(record, position, bounds[index + 1]! - bounds[index]!);
  record.set(bytes.subarray(start, end), position);
  return sealUnderKey(key, record.subarray(0, position + end - start));
}

/**
 * @param visit called for each series with where its label bytes lie in `record`
 * @throws PromontoryError ERR_STORE_CORRUPT, ERR_STORE_FORMAT_VERSION; nothing was visited then
 */
export function walkWaitingBatch(
  key: Buffer,
  record: Buffer,
  visit: (index: number, start: number, end: number) => void,
): void {
  mustBeIntactUnderKey(key, record, 'waiting batch');
  mustKnowVersion(record.readUInt8(4), VERSION, 'waiting batch');
  const reader = new VarintReader(record, COUNT_AT, record.length);
  const lengths = new Int32Array(reader.next());
  for (let index = 0; index < lengths.length; index++) lengths[index] = reader.next();
  let start = reader.offset;
  for (const [index, length] of lengths.entries()) {
    visit(index, start, start + length);
    start += length;
  }
}
