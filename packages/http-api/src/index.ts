export type { Api, ApiOptions } from './api.ts';
export type { ApiRequest, CancelSignal, HeaderLookup } from './api-request.ts';
export {
  emptyResponse,
  textResponse,
  type ApiResponse,
  type BodyStream,
  type ExtraHeaders,
  type QueryCost,
} from './api-response.ts';
export { compressResponse } from './content-encoding.ts';
export { corsHeaders } from './cors.ts';
export { type AskedQuery, readAskedQuery } from './parameters/asked-query.ts';
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
export {
  ERR_PARAMETER_INVALID,
  ERR_QUERY_TIMEOUT_ELAPSED,
  ERR_READ_BODY_BYTES_MAX,
  ERR_READ_CANCELLED,
  ERR_READ_RESPONSE_TYPE,
  ERR_READ_SAMPLES_MAX,
  ERR_READ_SERIES_MAX,
  ERR_READ_SPAN_MAX,
  ERR_READ_TIMEOUT,
  ERR_REQUEST_BODY_INVALID,
} from './error-codes.ts';
export { DEFAULT_READ_LIMITS, type ReadLimits } from './read/read-limits.ts';
export { apiError, errorResponse } from './error-response.ts';
export { createDataApi, dataMethodsAllowed } from './data-api.ts';
export { createServerApi } from './server-api.ts';
export type { ActiveQuery, QueryLedger, QueryTotals } from './server/query-ledger.ts';
export type { BuildInfo, ServerServices } from './server/server-services.ts';
export { ScopedSource, type Scope } from './source/scoped-source.ts';
export { errorStatus, retryHeaders, type ApiErrorType, type ErrorStatus } from './status.ts';
export { writeErrorReply, writeReply, type WriteOutcome } from './write/write-reply.ts';
export { checkWriteRequest } from './write/write-request-check.ts';
export { writeVersion } from './write/write-version.ts';
