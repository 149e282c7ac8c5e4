/**
 * Whether the headers of a remote-write request are such that its body is worth reading. Cheap, so that
 * it can be asked before any byte of the body is taken.
 */
import type { HeaderLookup } from '../api-request.ts';
import { emptyResponse, type ApiResponse } from '../api-response.ts';
import { refusedWrite } from './write-reply.ts';
import { contentTypeProblem } from './write-version.ts';

const ENCODING = 'snappy';
const ALLOW = [['Allow', 'OPTIONS, POST']] as const;

/** @returns null when the request may go on: a snappy block of a message that is known; else what to answer */
export function checkWriteRequest(method: string, headers: HeaderLookup): ApiResponse | null {
  if (method === 'OPTIONS') return emptyResponse(204, ALLOW);
  if (method !== 'POST') {
    const message = `method ${method} is not allowed for remote write; want POST`;
    return refusedWrite(headers, 405, message, ALLOW);
  }
  const problem = contentTypeProblem(headers) ?? encodingProblem(headers.get('content-encoding'));
  return problem === null ? null : refusedWrite(headers, 415, problem);
}

/** No Content-Encoding means snappy, as Prometheus reads it. */
function encodingProblem(contentEncoding: string | undefined): string | null {
  const encoding = (contentEncoding ?? '').trim().toLowerCase();
  if (encoding === '' || encoding === ENCODING) return null;
  return `cannot read a write of Content-Encoding ${contentEncoding}: want ${ENCODING} (block format)`;
}
