/**
 * Gzip, as OTLP exporters compress. It says nothing about the length of what comes out that could be trusted, so the
 * bytes are counted while they are inflated: what a body may become is never held before that is known.
 */
import { gunzipSync } from 'node:zlib';
import { errorCode, errorMessage, PromontoryError } from '@promontory/base';
import { ERR_BODY_DECODED_BYTES_MAX, ERR_GZIP_INVALID } from './error-codes.ts';

/** Inflated so much at a time; at most one piece beyond the bound is made. */
const PIECE_BYTES = 64 * 1024;

interface Inflated {
  readonly buffer: Buffer;
  /** `bytesWritten`: of the compressed bytes, those that were used. */
  readonly engine: { readonly bytesWritten: number };
}

/**
 * @param bytes one or more gzip members and nothing behind them
 * @returns bytes that the caller owns
 * @throws PromontoryError ERR_GZIP_INVALID (bad-data), ERR_BODY_DECODED_BYTES_MAX (too-large)
 */
export function gunzip(bytes: Uint8Array, inflatedBytesMax: number): Uint8Array {
  const { buffer, engine } = inflate(bytes, inflatedBytesMax);
  if (engine.bytesWritten === bytes.length) return buffer;
  throw invalid(`${bytes.length - engine.bytesWritten} bytes stand behind its end`, bytes);
}

/**
 * For a body that is not compressed: the same bound, and the same ownership of what comes out.
 *
 * @param bytes may be in shared memory
 * @throws PromontoryError ERR_BODY_DECODED_BYTES_MAX (too-large)
 */
export function copyBody(bytes: Uint8Array, bytesMax: number): Uint8Array {
  if (bytes.length > bytesMax) throw tooLarge(bytesMax);
  return Uint8Array.from(bytes);
}

function inflate(bytes: Uint8Array, inflatedBytesMax: number): Inflated {
  try {
    const options = { info: true, maxOutputLength: inflatedBytesMax, chunkSize: PIECE_BYTES };
    return gunzipSync(bytes, options) as unknown as Inflated;
  } catch (cause) {
    if (errorCode(cause) === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(inflatedBytesMax);
    throw invalid(errorMessage(cause), bytes, cause);
  }
}

function tooLarge(bytesMax: number): PromontoryError {
  return new PromontoryError(
    `cannot take body: it has more than ${bytesMax} bytes, not compressed; send smaller requests or raise --write-decoded-bytes-max`,
    { code: ERR_BODY_DECODED_BYTES_MAX, kind: 'too-large', context: { bytesMax } },
  );
}

function invalid(why: string, bytes: Uint8Array, cause?: unknown): PromontoryError {
  return new PromontoryError(`cannot uncompress gzip: ${why}; got ${bytes.length} bytes`, {
    code: ERR_GZIP_INVALID,
    kind: 'bad-data',
    context: { compressedBytes: bytes.length },
    cause,
  });
}
