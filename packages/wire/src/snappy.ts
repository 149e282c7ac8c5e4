/**
 * Snappy block format (not the framed one), as remote write and remote read use it.
 *
 * A block is a varint with the length of the uncompressed bytes, then literals and copies. That length comes
 * from the sender, so it is checked before anything is allocated: against the caller's bound, and against what
 * a block of this size can hold at all (the densest element is a copy of 64 bytes in 3).
 */
import { assert, PromontoryError } from '@promontory/base';
import { compressSync, uncompressSync } from 'snappy';
import { ERR_SNAPPY_INVALID, ERR_SNAPPY_TOO_LARGE } from './error-codes.ts';

const COPY_ELEMENT_BYTES_MIN = 3;
const COPY_BYTES_MAX = 64;
const PREAMBLE_BYTES_MAX = 5;
const UINT32_MAX = 0xffffffff;

/** @returns a block that the caller owns */
export function compress(bytes: Uint8Array): Uint8Array {
  return compressSync(bytes);
}

/**
 * The elements of a block without its preamble, so that a block can be made part by part: elements refer to bytes of
 * their own part only, and parts may stand one after another behind a `blockPreamble` of all.
 *
 * @returns bytes that the caller owns; none for no bytes
 */
export function compressPart(bytes: Uint8Array): Uint8Array {
  // What lies outside of V8's heap is freed late: many parts would take twice their memory.
  const block = compressSync(bytes, { copyOutputData: true });
  return block.subarray(blockPreamble(bytes.length).length);
}

/** @param length of all parts, uncompressed, in [0, 2^32) */
export function blockPreamble(length: number): Uint8Array {
  assert(length >= 0 && length <= UINT32_MAX, 'a block is shorter than 2^32 bytes', { length });
  const bytes: number[] = [];
  let rest = length;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Uint8Array.of(...bytes, rest);
}

/**
 * Reads the preamble alone.
 *
 * @returns how many uncompressed bytes the block declares, in [0, 2^32)
 * @throws PromontoryError ERR_SNAPPY_INVALID when the preamble is no 32-bit varint, or declares more than a
 *   block of these many bytes can hold
 */
export function declaredLength(block: Uint8Array): number {
  let length = 0;
  for (let index = 0; index < PREAMBLE_BYTES_MAX; index++) {
    const byte = block[index];
    if (byte === undefined) throw invalid('it ends inside its length', block);
    length += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) {
      checkPlausible(length, block, index + 1);
      return length;
    }
  }
  throw invalid('its length is longer than 5 bytes', block);
}

/**
 * @param uncompressedBytesMax a block that declares more is refused before any memory is taken
 * @returns fresh bytes that the caller owns
 * @throws PromontoryError ERR_SNAPPY_TOO_LARGE or ERR_SNAPPY_INVALID, both of kind bad-data
 */
export function uncompress(block: Uint8Array, uncompressedBytesMax: number): Uint8Array {
  const length = declaredLength(block);
  if (length > uncompressedBytesMax) {
    throw new PromontoryError(
      `cannot uncompress snappy block: too large; it declares ${length} bytes, want at most ${uncompressedBytesMax}`,
      {
        code: ERR_SNAPPY_TOO_LARGE,
        kind: 'bad-data',
        context: { declaredBytes: length, uncompressedBytesMax },
      },
    );
  }
  // Copying out of the native buffer is 6 times faster than handing it over: no fresh pages to fault in.
  const bytes = uncompressOrThrow(block);
  if (typeof bytes === 'string' || bytes.length !== length) throw invalid('its length is wrong', block);
  return bytes;
}

function uncompressOrThrow(block: Uint8Array): Uint8Array | string {
  try {
    return uncompressSync(block, { copyOutputData: true, asBuffer: true });
  } catch (cause) {
    throw invalid('its elements are broken', block, cause);
  }
}

function checkPlausible(length: number, block: Uint8Array, preambleBytes: number): void {
  if (length > UINT32_MAX) throw invalid('its length is no 32-bit number', block);
  const elementBytes = block.length - preambleBytes;
  if (length * COPY_ELEMENT_BYTES_MIN > elementBytes * COPY_BYTES_MAX) {
    throw invalid(`it declares ${length} bytes, which ${elementBytes} bytes of elements cannot hold`, block);
  }
}

function invalid(why: string, block: Uint8Array, cause?: unknown): PromontoryError {
  return new PromontoryError(`cannot uncompress snappy block: ${why}; got ${block.length} bytes`, {
    code: ERR_SNAPPY_INVALID,
    kind: 'bad-data',
    context: { blockBytes: block.length },
    cause,
  });
}
