import { apiError } from '../error-response.ts';
import type { DataEndpoint } from './endpoint.ts';

/** Remote read is not served yet; senders are told so in words, not by a bare 404. */
function notImplemented(path: string): DataEndpoint {
  return {
    methods: ['POST'],
    path,
    handle: () =>
      apiError(
        501,
        'not_implemented',
        `${path}: remote read is not served by this version; use /api/v1/query_range`,
      ),
  };
}

export const remoteReadEndpoints: readonly DataEndpoint[] = ['/api/v1/read', '/api/prom_read'].map(
  notImplemented,
);
