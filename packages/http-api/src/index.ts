export type { Api, ApiOptions } from './api.ts';
export type { ApiRequest, CancelSignal, HeaderLookup } from './api-request.ts';
export { emptyResponse, textResponse, type ApiResponse } from './api-response.ts';
export type {
  Cardinality,
  Counted,
  DataBlock,
  DataSource,
  Exemplar,
  MetadataRequest,
  MetricMetadata,
  SelectionEstimate,
  SeriesExemplars,
} from './data-source.ts';
export type { ApiLimits, QueryEngineLike, DataServices } from './endpoints/endpoint.ts';
export { ERR_PARAMETER_INVALID, ERR_QUERY_TIMEOUT_ELAPSED, ERR_REQUEST_BODY_INVALID } from './error-codes.ts';
export { apiError, errorResponse } from './error-response.ts';
export { createDataApi } from './data-api.ts';
export { createServerApi } from './server-api.ts';
export type { BuildInfo, ServerServices } from './server/server-services.ts';
export { ScopedSource, type Scope } from './source/scoped-source.ts';
export { errorStatus, retryHeaders, type ApiErrorType, type ErrorStatus } from './status.ts';
export { writeErrorReply, writeReply, type WriteOutcome } from './write/write-reply.ts';
export { checkWriteRequest } from './write/write-request-check.ts';
