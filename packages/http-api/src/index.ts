export type { Api, ApiOptions } from './api.ts';
export type { ApiRequest, CancelSignal, HeaderLookup } from './api-request.ts';
export {
  emptyResponse,
  textResponse,
  type ApiResponse,
  type BodyFeed,
  type BodyStream,
  type ExtraHeaders,
} from './api-response.ts';
export { compressResponse } from './content-encoding.ts';
export { corsHeaders } from './cors.ts';
export { type AskedQuery, readAskedQuery, readPatienceMs } from './parameters/asked-query.ts';
export type {
  Cardinality,
  CardinalityRequest,
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
  ERR_ADMIN_API_OFF,
  ERR_PARAMETER_INVALID,
  ERR_QUERY_TIMEOUT_ELAPSED,
  ERR_READ_BODY_BYTES_MAX,
  ERR_READ_RESPONSE_TYPE,
  ERR_READ_SAMPLES_MAX,
  ERR_READ_SERIES_MAX,
  ERR_READ_SPAN_MAX,
  ERR_REQUEST_BODY_INVALID,
  ERR_REQUEST_PARAMETERS_MAX,
} from './error-codes.ts';
export { REMOTE_READ_PATHS } from './read/read-paths.ts';
export { DEFAULT_READ_LIMITS, type ReadLimits } from './read/read-limits.ts';
export { DOCUMENTED_PATHS } from './openapi/openapi-document.ts';
export { OpenApiTexts } from './openapi/openapi-texts.ts';
export { apiError, errorResponse } from './error-response.ts';
export { createDataApi, dataErrorReply, dataMethodsAllowed } from './data-api.ts';
export { createServerApi } from './server-api.ts';
export type { ActiveQuery, QueryLedger, QueryTotals } from './server/query-ledger.ts';
export type { DeletionCounts, DeletionRequest, StorageAdmin } from './server/admin/storage-admin.ts';
export { versionResponse } from './server/build-info.ts';
export type { FamilyMetric, MetricFamily, MetricFamilyType } from './server/metric-family.ts';
export type { Notification, NotificationBoard } from './server/notification-board.ts';
export { notificationEvent, SSE_COMMENT } from './server/notifications.ts';
export type {
  BuildInfo,
  FeatureSwitches,
  RuntimeState,
  ServerServices,
  Setting,
} from './server/server-services.ts';
export { ScopedSource, type Scope } from './source/scoped-source.ts';
export { errorStatus, errorHeaders, type ApiErrorType, type ErrorStatus } from './status.ts';
export { writeErrorReply, writeReply, type WriteOutcome } from './write/write-reply.ts';
export { checkWriteRequest } from './write/write-request-check.ts';
export { writeVersion } from './write/write-version.ts';
