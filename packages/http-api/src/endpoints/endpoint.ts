import type { Clock } from '@promontory/base';
import type { InstantQueryRequest, QueryResult, RangeQueryRequest, SeriesSource } from '@promontory/promql';
import type { ApiRequest } from '../api-request.ts';
import type { ApiResponse } from '../api-response.ts';
import type { AllocateBody } from '../json/json-writer.ts';

/** What evaluates queries. */
export interface QueryEngineLike {
  instantQuery(source: SeriesSource, request: InstantQueryRequest): Promise<QueryResult>;
  rangeQuery(source: SeriesSource, request: RangeQueryRequest): Promise<QueryResult>;
}

/** Bounds of every request; a request may ask for less. */
export interface ApiLimits {
  readonly queryDurationMsMax: number;
  readonly querySamplesMax: number;
  readonly queryMemoryBytesMax: number;
  /** How far back an instant selector looks when the request does not say. */
  readonly lookbackDeltaMs: number;
}

/** What the server is, for those who ask; free text except for the version, which is a semantic version. */
export interface BuildInfo {
  readonly version: string;
  readonly revision: string;
  readonly branch: string;
  readonly buildUser: string;
  readonly buildDate: string;
  /** What runs the server, for example `node v22.0.0`; stands where Prometheus says its Go version. */
  readonly runtime: string;
}

/** What the endpoints work with; shared by all requests. */
export interface ApiServices {
  readonly engine: QueryEngineLike;
  readonly source: SeriesSource;
  readonly clock: Clock;
  readonly limits: ApiLimits;
  readonly build: BuildInfo;
  /** Memory for the answers of queries: at least so many bytes, of any contents. Default: memory of their own. */
  readonly allocateBody?: AllocateBody;
}

/** One request on its way through an endpoint. */
export interface ApiCall {
  readonly request: ApiRequest;
  readonly services: ApiServices;
  /** The `:name` segment of the endpoint's path, still percent-encoded; '' when it has none. */
  readonly pathSegment: string;
  readonly isCancelled: () => boolean;
}

export interface Endpoint {
  /** Of GET and POST, those it answers. */
  readonly methods: readonly ('GET' | 'POST')[];
  /** Absolute, without trailing slash; one segment may be `:name`, which matches any. */
  readonly path: string;
  /** May throw: the router turns errors into answers. */
  handle(call: ApiCall): ApiResponse | Promise<ApiResponse>;
}
