import { crc32 } from 'node:zlib';
import { PromontoryError } from '@promontory/base';
import { ERR_STORE_CORRUPT } from '../error-codes.ts';

/** Bytes that a checksum takes in front of a record. */
export const CHECKSUM_BYTES = 4;

const SHORT_BYTES_MAX = 64;
const CRC_OF_BYTE = makeCrcTable();

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
  record.writeUInt32LE(checksumUnderKey(key, record), 0);
  return record;
}

export function isIntactUnderKey(key: Uint8Array, record: Buffer): boolean {
  return record.length >= CHECKSUM_BYTES && record.readUInt32LE(0) === checksumUnderKey(key, record);
}

/** @throws PromontoryError ERR_STORE_CORRUPT naming the record */
export function mustBeIntactUnderKey(key: Uint8Array, record: Buffer, what: string): Buffer {
  if (isIntactUnderKey(key, record)) return record;
  throw corrupt(record, what);
}

function checksumUnderKey(key: Uint8Array, record: Uint8Array): number {
  return checksumFrom(record, CHECKSUM_BYTES, checksumFrom(key, 0, 0));
}

/** zlib's is called for long stretches only: a call costs as much as 64 bytes do here. */
function checksumFrom(bytes: Uint8Array, start: number, before: number): number {
  if (bytes.length - start > SHORT_BYTES_MAX) return crc32(bytes.subarray(start), before);
  let sum = ~before;
  for (let index = start; index < bytes.length; index++)
    sum = CRC_OF_BYTE[(sum ^ bytes[index]!) & 0xff]! ^ (sum >>> 8);
  return ~sum >>> 0;
}

/** The remainder of each byte by the reflected polynomial of CRC-32, edb88320. */
function makeCrcTable(): Int32Array {
  return Int32Array.from({ length: 256 }, (_unused, byte) => {
    let remainder = byte;
    for (let bit = 0; bit < 8; bit++)
      remainder = (remainder & 1) === 0 ? remainder >>> 1 : (remainder >>> 1) ^ 0xedb88320;
    return remainder;
  });
}

function corrupt(record: Buffer, what: string): PromontoryError {
  return new PromontoryError(`cannot read ${what}: its checksum does not match its ${record.length} bytes`, {
    code: ERR_STORE_CORRUPT,
    kind: 'corrupt',
    context: { what, bytes: record.length },
  });
}
