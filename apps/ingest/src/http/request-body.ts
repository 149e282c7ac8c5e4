/** Collects the bodies of queries: small, and bounded. Write bodies go into the pipeline's slab instead. */
import { PromontoryError } from '@promontory/base';
import { ERR_REQUEST_BODY_BYTES_MAX } from '../error-codes.ts';
import type { Exchange } from './exchange.ts';

export function bodyTooLarge(what: string, bytes: number, bytesMax: number, flag: string): PromontoryError {
  return new PromontoryError(
    `cannot take ${what}: a body of ${bytes} bytes, want at most ${bytesMax}${flag}`,
    {
      code: ERR_REQUEST_BODY_BYTES_MAX,
      kind: 'too-large',
      context: { bytes, bytesMax },
    },
  );
}

/**
 * @param onBody called once with the whole body, owned by the callee
 * @param onTooLarge called instead, once; the rest of the body is not read
 */
export function collectBody(
  exchange: Exchange,
  bytesMax: number,
  onBody: (body: Uint8Array) => void,
  onTooLarge: (error: PromontoryError) => void,
): void {
  const { contentLength } = exchange.head;
  if (contentLength !== null && contentLength > bytesMax) {
    onTooLarge(bodyTooLarge('request', contentLength, bytesMax, ''));
    return;
  }
  const chunks: Uint8Array[] = [];
  let byteLength = 0;
  let isOver = false;
  exchange.onBody((chunk, isLast) => {
    if (isOver) return;
    byteLength += chunk.length;
    isOver = isLast || byteLength > bytesMax;
    if (byteLength > bytesMax) {
      onTooLarge(bodyTooLarge('request', byteLength, bytesMax, ''));
      return;
    }
    chunks.push(chunk.slice());
    if (isLast) onBody(chunks.length === 1 ? (chunks[0] ?? new Uint8Array(0)) : Buffer.concat(chunks));
  });
}
