/**
 * The part of a record that is compressed: raw deflate (RFC 1951) at its fastest, which takes the repetitions out of
 * labels and leaves little more to the slower levels.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { errorMessage, PromontoryError } from '@promontory/base';
import { ERR_STORE_CORRUPT } from '../error-codes.ts';

/** zlib takes no smaller chunks. */
const CHUNK_BYTES_MIN = 64;
/** Deflate makes a byte of 1,032 at most: a length and a distance of a bit each for 258 of them. */
const RATIO_MAX = 1032;

/** @returns owned bytes; how many depends on the machine, and is at most some bytes more than there were */
export function deflate(bytes: Uint8Array): Buffer {
  return deflateRawSync(bytes, { level: 1 });
}

/**
 * @param bytes as `deflate` gave them, from a record that is intact
 * @param length of what was compressed
 * @returns owned bytes, `length` of them
 * @throws PromontoryError ERR_STORE_CORRUPT naming the record
 */
export function inflate(bytes: Uint8Array, length: number, what: string): Buffer {
  // So much is allocated.
  if (length > RATIO_MAX * bytes.length) throw corrupt(what, `${length} bytes of ${bytes.length}`);
  let inflated: Buffer;
  try {
    const chunkSize = Math.max(CHUNK_BYTES_MIN, length);
    inflated = inflateRawSync(bytes, { chunkSize, maxOutputLength: chunkSize });
  } catch (cause) {
    throw corrupt(what, errorMessage(cause), cause);
  }
  if (inflated.length === length) return inflated;
  throw corrupt(what, `got ${inflated.length} bytes, want ${length}`);
}

function corrupt(what: string, why: string, cause?: unknown): PromontoryError {
  return new PromontoryError(`cannot read ${what}: cannot decompress it: ${why}`, {
    code: ERR_STORE_CORRUPT,
    kind: 'corrupt',
    cause,
    context: { what },
  });
}
