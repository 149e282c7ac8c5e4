/** What stands before a request's body, copied while uWebSockets.js still has it. */
import type { HttpRequest } from './uws.ts';

export interface RequestHead {
  /** Upper case. */
  readonly method: string;
  /** Still percent-encoded. */
  readonly path: string;
  readonly queryString: string;
  /** By lower-case name; a header sent twice has both values, joined by a comma. */
  readonly headers: ReadonlyMap<string, string>;
  /** The declared length of the body, or null when none is declared. */
  readonly contentLength: number | null;
  /** Why the request's framing cannot be trusted, or ''. */
  readonly framingProblem: string;
}

/** Only inside the handler's own call: the request is gone afterwards. */
export function readRequestHead(request: HttpRequest): RequestHead {
  const headers = new Map<string, string>();
  let framingProblem = '';
  request.forEach((name, value) => {
    const earlier = headers.get(name);
    // Two lengths that differ let two servers see different requests in the same bytes (request smuggling).
    if (name === 'content-length' && earlier !== undefined && earlier !== value) {
      framingProblem = 'two Content-Length headers that differ';
    }
    if (name === 'content-length' && !/^\d+$/.test(value)) framingProblem = 'Content-Length is not a number';
    headers.set(name, earlier === undefined || name === 'content-length' ? value : `${earlier}, ${value}`);
  });
  const contentLength = headers.get('content-length');
  const transferEncoding = headers.get('transfer-encoding');
  if (contentLength !== undefined && transferEncoding !== undefined) {
    framingProblem = 'both Content-Length and Transfer-Encoding';
  }
  // The parser takes anything that ends in "chunked" for it; a proxy in front may see another body then.
  if (transferEncoding !== undefined && transferEncoding.toLowerCase() !== 'chunked') {
    framingProblem = 'a Transfer-Encoding other than chunked';
  }
  return {
    method: request.getCaseSensitiveMethod().toUpperCase(),
    path: request.getUrl(),
    // Undefined without a question mark, whatever its declaration says.
    queryString: request.getQuery() ?? '',
    headers,
    contentLength: contentLength === undefined ? null : Number(contentLength),
    framingProblem,
  };
}
