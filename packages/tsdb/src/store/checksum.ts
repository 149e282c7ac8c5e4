import { crc32 } from 'node:zlib';
import { PromontoryError } from '@promontory/base';
import { ERR_STORE_CORRUPT } from '../error-codes.ts';

/** Bytes that a checksum takes in front of a record. */
export const CHECKSUM_BYTES = 4;

/** Writes the CRC-32 of `record` after its first four bytes into those four bytes, little endian. */
export function sealRecord(record: Buffer): Buffer {
  record.writeUInt32LE(crc32(record.subarray(CHECKSUM_BYTES)), 0);
  return record;
}

export function isRecordIntact(record: Buffer): boolean {
  return record.length >= CHECKSUM_BYTES && record.readUInt32LE(0) === crc32(record.subarray(CHECKSUM_BYTES));
}

/** @throws PromontoryError ERR_STORE_CORRUPT naming the record */
export function mustBeIntact(record: Buffer, what: string): Buffer {
  if (isRecordIntact(record)) return record;
  throw corrupt(record, what);
}

/** As `sealRecord` over key and record: under another key the record is not intact. */
export function sealUnderKey(key: Uint8Array, record: Buffer): Buffer {
  record.writeUInt32LE(crc32(record.subarray(CHECKSUM_BYTES), crc32(key)), 0);
  return record;
}

/** @throws PromontoryError ERR_STORE_CORRUPT naming the record */
export function mustBeIntactUnderKey(key: Uint8Array, record: Buffer, what: string): Buffer {
  const isIntact =
    record.length >= CHECKSUM_BYTES &&
    record.readUInt32LE(0) === crc32(record.subarray(CHECKSUM_BYTES), crc32(key));
  if (isIntact) return record;
  throw corrupt(record, what);
}

function corrupt(record: Buffer, what: string): PromontoryError {
  return new PromontoryError(`cannot read ${what}: its checksum does not match its ${record.length} bytes`, {
    code: ERR_STORE_CORRUPT,
    kind: 'corrupt',
    context: { what, bytes: record.length },
  });
}
