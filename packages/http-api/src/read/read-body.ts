/** The body of a remote read: from a request to what it asks, with every size checked before memory is taken for it. */
import {
  checkReadRequest,
  decodeReadRequest,
  type ReadRequest,
  type ReadResponseType,
  type RequestedResponseType,
  uncompress,
} from '@promontory/wire';
import { PromontoryError } from '@promontory/base';
import type { ApiRequest } from '../api-request.ts';
import { ERR_READ_BODY_BYTES_MAX, ERR_READ_RESPONSE_TYPE, ERR_REQUEST_BODY_INVALID } from '../error-codes.ts';
import { readError } from './read-error.ts';
import type { ReadLimits } from './read-limits.ts';

const ENCODING = 'snappy';

/**
 * A body without Content-Encoding is snappy, too, and its Content-Type is not looked at, as in Prometheus.
 *
 * @throws PromontoryError of kind bad-data, or ERR_READ_BODY_BYTES_MAX of kind too-large
 */
export function readReadRequest({ headers, body }: ApiRequest, limits: ReadLimits): ReadRequest {
  const encoding = headers.get('content-encoding')?.trim() ?? '';
  if (encoding !== '' && encoding.toLowerCase() !== ENCODING) {
    const message = `cannot read a request of Content-Encoding ${encoding}: want ${ENCODING} (block format)`;
    throw new PromontoryError(message, { code: ERR_REQUEST_BODY_INVALID, kind: 'bad-data' });
  }
  const { readBodyBytesMax, readDecodedBytesMax } = limits;
  if (body.length > readBodyBytesMax) {
    throw readError(
      ERR_READ_BODY_BYTES_MAX,
      `cannot read request: its body is too large; got ${body.length} bytes, want at most ${readBodyBytesMax}`,
    );
  }
  const bytes = uncompress(body, readDecodedBytesMax);
  checkReadRequest(bytes, limits);
  return decodeReadRequest(bytes);
}

/**
 * @param accepted in the client's order of preference; none means samples, which is what clients want that are older
 *   than the list
 * @throws PromontoryError ERR_READ_RESPONSE_TYPE when there are some and none is known
 */
export function negotiateResponseType(accepted: readonly RequestedResponseType[]): ReadResponseType {
  if (accepted.length === 0) return 'samples';
  const known = accepted.find((type) => type !== 'unknown');
  if (known !== undefined) return known;
  throw readError(
    ERR_READ_RESPONSE_TYPE,
    'cannot answer remote read: no accepted response type is known; want SAMPLES or STREAMED_XOR_CHUNKS',
  );
}
