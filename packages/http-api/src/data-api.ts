/** The endpoints that answer from data: queries, browsing, remote read. A thread that reads may have its own. */
import { type Api, type ApiOptions, EndpointsApi } from './api.ts';
import type { ApiRequest } from './api-request.ts';
import type { ApiResponse } from './api-response.ts';
import type { DataEndpoint, DataServices } from './endpoints/endpoint.ts';
import { federateEndpoint } from './endpoints/federate.ts';
import { formatQueryEndpoint } from './endpoints/format-query.ts';
import { labelValuesEndpoint } from './endpoints/label-values.ts';
import { labelsEndpoint } from './endpoints/labels.ts';
import { metadataEndpoint } from './endpoints/metadata.ts';
import { parseQueryEndpoint } from './endpoints/parse-query.ts';
import { queryCostEndpoint } from './endpoints/query-cost.ts';
import { queryEndpoint } from './endpoints/query.ts';
import { queryExemplarsEndpoint } from './endpoints/query-exemplars.ts';
import { queryRangeEndpoint } from './endpoints/query-range.ts';
import { remoteReadEndpoints } from './endpoints/remote-read.ts';
import {
  searchLabelNamesEndpoint,
  searchLabelValuesEndpoint,
  searchMetricNamesEndpoint,
} from './endpoints/search.ts';
import { seriesEndpoint } from './endpoints/series.ts';
import { statusTsdbBlocksEndpoint } from './endpoints/status-tsdb-blocks.ts';
import { statusTsdbEndpoint } from './endpoints/status-tsdb.ts';
import { formattedErrorResponse } from './error-response.ts';
import { Router } from './router.ts';

/** All that there are. */
export const DATA_ENDPOINTS: readonly DataEndpoint[] = [
  queryEndpoint,
  queryRangeEndpoint,
  queryCostEndpoint,
  labelsEndpoint,
  labelValuesEndpoint,
  seriesEndpoint,
  metadataEndpoint,
  queryExemplarsEndpoint,
  formatQueryEndpoint,
  parseQueryEndpoint,
  federateEndpoint,
  statusTsdbEndpoint,
  statusTsdbBlocksEndpoint,
  searchMetricNamesEndpoint,
  searchLabelNamesEndpoint,
  searchLabelValuesEndpoint,
  ...remoteReadEndpoints,
];

/** As `Api.allowed`, without a source: for who answers OPTIONS before a request goes where the data is. */
export function dataMethodsAllowed(path: string): string {
  return ROUTER.allowed(path);
}

/** An error that arose before a request came to its endpoint, or behind it, as the endpoint would answer it. */
export function dataErrorReply(
  error: unknown,
  { path, headers }: Pick<ApiRequest, 'path' | 'headers'>,
  retryJitter: number,
): ApiResponse {
  const format = TEXT_ERROR_PATHS.has(path) ? 'text' : 'json';
  return formattedErrorResponse(error, retryJitter, format, headers);
}

const ROUTER = new Router(DATA_ENDPOINTS);
const TEXT_ERROR_PATHS: ReadonlySet<string> = new Set(
  DATA_ENDPOINTS.filter(({ errorFormat }) => errorFormat === 'text').map(({ path }) => path),
);

export function createDataApi(services: DataServices, options: ApiOptions = {}): Api {
  return new EndpointsApi(DATA_ENDPOINTS, services, options);
}
