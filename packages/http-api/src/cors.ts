/** Cross-origin requests, as Prometheus answers them: which pages may read what a browser fetches for them. */
import type { LabelRegex } from '@promontory/model';
import type { ExtraHeaders } from './api-response.ts';
import { ERROR_CODE_HEADER } from './status.ts';

const EVERY_ORIGIN = '.*';
const ALLOWED = [
  ['Access-Control-Allow-Headers', 'Accept, Authorization, Content-Type, Origin'],
  ['Access-Control-Allow-Methods', 'GET, POST, PUT, DELETE, OPTIONS'],
  ['Access-Control-Expose-Headers', `Date, ${ERROR_CODE_HEADER}`],
] as const;

/**
 * @param origin the header of the request
 * @param allowedOrigins matches whole origins
 * @returns headers for the answer, of whatever status; a cache is told where they depend on the origin
 */
export function corsHeaders(origin: string | undefined, allowedOrigins: LabelRegex): ExtraHeaders {
  const isCrossOrigin = origin !== undefined && origin !== '';
  if (allowedOrigins.pattern === EVERY_ORIGIN) {
    return isCrossOrigin ? [...ALLOWED, ['Access-Control-Allow-Origin', '*']] : [];
  }
  const vary = ['Vary', 'Origin'] as const;
  if (!isCrossOrigin || !allowedOrigins.matches(origin)) return [vary];
  return [...ALLOWED, ['Access-Control-Allow-Origin', origin], vary];
}
