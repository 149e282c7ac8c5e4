/** Which version of remote write a request is of: its Content-Type says so. */
import type { HeaderLookup } from '../api-request.ts';

const MEDIA_TYPE = 'application/x-protobuf';
const MESSAGES = { 1: 'prometheus.WriteRequest', 2: 'io.prometheus.write.v2.Request' } as const;

/** @returns 1 for whatever is not said to be 2.0 */
export function writeVersion(headers: HeaderLookup): 1 | 2 {
  return messageOf(headers.get('content-type')) === MESSAGES[2] ? 2 : 1;
}

/** @returns null for a message that is known */
export function contentTypeProblem(headers: HeaderLookup): string | null {
  const contentType = headers.get('content-type');
  const mediaType = mediaTypeOf(contentType);
  // No Content-Type means version 1.0, for senders older than the header's parameter.
  if (mediaType === '') return null;
  if (mediaType !== MEDIA_TYPE) {
    return `cannot read a write of Content-Type ${contentType}: want ${MEDIA_TYPE}`;
  }
  const message = messageOf(contentType);
  if (message === MESSAGES[1] || message === MESSAGES[2]) return null;
  return `unknown remote write message ${message}: want ${MESSAGES[1]} or ${MESSAGES[2]}`;
}

function mediaTypeOf(contentType: string | undefined): string {
  const [mediaType = ''] = (contentType ?? '').split(';', 1);
  return mediaType.trim().toLowerCase();
}

/** The value of `proto=…`, quoted or not; that of 1.0 when there is none. */
function messageOf(contentType: string | undefined): string {
  for (const parameter of (contentType ?? '').split(';').slice(1)) {
    const match = /^\s*proto\s*=\s*"?([^"]*?)"?\s*$/i.exec(parameter);
    if (match !== null) return match[1] ?? '';
  }
  return MESSAGES[1];
}
