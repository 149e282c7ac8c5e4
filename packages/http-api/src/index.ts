export { createApi, type Api, type ApiOptions } from './api.ts';
export type { ApiRequest, CancelSignal, HeaderLookup } from './api-request.ts';
export { emptyResponse, textResponse, type ApiResponse } from './api-response.ts';
export type { ApiLimits, ApiServices, BuildInfo, QueryEngineLike } from './endpoints/endpoint.ts';
export { ERR_PARAMETER_INVALID, ERR_QUERY_TIMEOUT_ELAPSED, ERR_REQUEST_BODY_INVALID } from './error-codes.ts';
export { apiError, errorResponse } from './error-response.ts';
export { errorStatus, retryHeaders, type ApiErrorType, type ErrorStatus } from './status.ts';
export { writeErrorReply, writeReply, type WriteOutcome } from './write/write-reply.ts';
export { checkWriteRequest } from './write/write-request-check.ts';
