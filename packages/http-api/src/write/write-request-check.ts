/**
 * Whether the headers of a remote-write request are such that its body is worth reading. Cheap, so that
 * it can be asked before any byte of the body is taken.
 */
import type { HeaderLookup } from '../api-request.ts';
import { emptyResponse, type ApiResponse } from '../api-response.ts';
import { refusedWrite } from './write-reply.ts';

const MEDIA_TYPE = 'application/x-protobuf';
const MESSAGE_V1 = 'prometheus.WriteRequest';
const MESSAGE_V2 = 'io.prometheus.write.v2.Request';
const ENCODING = 'snappy';
const ALLOW = [['Allow', 'OPTIONS, POST']] as const;

/** @returns null when the request may go on: a snappy block of a remote-write 1.0 message; else what to answer */
export function checkWriteRequest(method: string, headers: HeaderLookup): ApiResponse | null {
  if (method === 'OPTIONS') return emptyResponse(204, ALLOW);
  if (method !== 'POST') {
    const message = `method ${method} is not allowed for remote write; want POST`;
    return refusedWrite(headers, 405, message, ALLOW);
  }
  const problem =
    mediaTypeProblem(headers.get('content-type')) ?? encodingProblem(headers.get('content-encoding'));
  return problem === null ? null : refusedWrite(headers, 415, problem);
}

/** No Content-Type means version 1.0, for senders older than the header's parameter. */
function mediaTypeProblem(contentType: string | undefined): string | null {
  if (contentType === undefined || contentType.trim() === '') return null;
  const [mediaType = '', ...parameters] = contentType.split(';').map((part) => part.trim());
  if (mediaType.toLowerCase() !== MEDIA_TYPE) {
    return `cannot read a write of Content-Type ${contentType}: want ${MEDIA_TYPE}`;
  }
  const message = parameters.map(protoParameter).find((value) => value !== null) ?? MESSAGE_V1;
  if (message === MESSAGE_V1) return null;
  if (message === MESSAGE_V2) {
    return `remote write 2.0 (${MESSAGE_V2}) is not accepted by this version; send ${MESSAGE_V1}`;
  }
  return `unknown remote write message ${message}: want ${MESSAGE_V1}`;
}

/** @returns the value of `proto=…`, quoted or not; null for another parameter */
function protoParameter(parameter: string): string | null {
  const match = /^proto\s*=\s*"?([^"]*)"?$/i.exec(parameter);
  return match?.[1] ?? null;
}

/** No Content-Encoding means snappy, as Prometheus reads it. */
function encodingProblem(contentEncoding: string | undefined): string | null {
  const encoding = (contentEncoding ?? '').trim().toLowerCase();
  if (encoding === '' || encoding === ENCODING) return null;
  return `cannot read a write of Content-Encoding ${contentEncoding}: want ${ENCODING} (block format)`;
}
