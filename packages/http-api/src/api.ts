import type { ApiRequest, CancelSignal } from './api-request.ts';
import type { ApiResponse } from './api-response.ts';
import { alertsEndpoint } from './endpoints/alerts.ts';
import { buildInfoEndpoint } from './endpoints/build-info.ts';
import type { ApiServices, Endpoint } from './endpoints/endpoint.ts';
import { labelValuesEndpoint } from './endpoints/label-values.ts';
import { labelsEndpoint } from './endpoints/labels.ts';
import { metadataEndpoint } from './endpoints/metadata.ts';
import { queryEndpoint } from './endpoints/query.ts';
import { queryExemplarsEndpoint } from './endpoints/query-exemplars.ts';
import { queryRangeEndpoint } from './endpoints/query-range.ts';
import { remoteReadEndpoints } from './endpoints/remote-read.ts';
import { rulesEndpoint } from './endpoints/rules.ts';
import { seriesEndpoint } from './endpoints/series.ts';
import { errorResponse } from './error-response.ts';
import { Router } from './router.ts';
import { errorStatus } from './status.ts';

const ENDPOINTS: readonly Endpoint[] = [
  queryEndpoint,
  queryRangeEndpoint,
  labelsEndpoint,
  labelValuesEndpoint,
  seriesEndpoint,
  metadataEndpoint,
  queryExemplarsEndpoint,
  rulesEndpoint,
  alertsEndpoint,
  buildInfoEndpoint,
  ...remoteReadEndpoints,
];

export interface ApiOptions extends ApiServices {
  /** In [0, 1), drawn anew for each Retry-After; without it they are all the same. */
  readonly retryJitter?: () => number;
  /** Told of every error that becomes a 500, with what the client is not told. */
  readonly onInternalError?: (error: unknown, request: ApiRequest) => void;
}

export interface Api {
  /**
   * Answers any request: never rejects. Re-entrant; requests share nothing but the services.
   *
   * @param signal polled while a query runs
   */
  handle(request: ApiRequest, signal: CancelSignal): Promise<ApiResponse>;
}

export function createApi(options: ApiOptions): Api {
  const router = new Router(ENDPOINTS);
  return { handle: (request, signal) => handle(options, router, request, signal) };
}

async function handle(
  options: ApiOptions,
  router: Router,
  request: ApiRequest,
  signal: CancelSignal,
): Promise<ApiResponse> {
  try {
    const route = router.route(request);
    if ('response' in route) return route.response;
    const { endpoint, pathSegment } = route;
    return await endpoint.handle({
      request,
      services: options,
      pathSegment,
      isCancelled: () => signal.isCancelled(),
    });
  } catch (error) {
    if (errorStatus(error).status === 500) options.onInternalError?.(error, request);
    return errorResponse(error, options.retryJitter?.() ?? 0);
  }
}
