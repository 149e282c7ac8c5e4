import type { Clock } from '@promontory/base';
import type { Labels } from '@promontory/model';
import type {
  Expression,
  InstantQueryRequest,
  QueryCost,
  QueryOutline,
  QueryResult,
  RangeQueryRequest,
  SeriesSource,
} from '@promontory/promql';
import type { ApiRequest } from '../api-request.ts';
import type { ApiResponse } from '../api-response.ts';
import type { DataSource } from '../data-source.ts';
import type { ErrorFormat } from '../error-response.ts';
import type { AllocateBody } from '../json/json-writer.ts';
import type { ReadLimits } from '../read/read-limits.ts';

/** What evaluates queries. */
export interface QueryEngineLike {
  /** @throws PromontoryError of kind bad-data */
  parse(query: string): Expression;
  /** What a query will ask for, without asking. @throws PromontoryError of kind bad-data or execution */
  outline(request: InstantQueryRequest | RangeQueryRequest): QueryOutline;
  instantQuery(source: SeriesSource, request: InstantQueryRequest): Promise<QueryResult>;
  rangeQuery(source: SeriesSource, request: RangeQueryRequest): Promise<QueryResult>;
}

/** Bounds of every request; a request may ask for less. */
export interface ApiLimits extends ReadLimits {
  readonly queryDurationMsMax: number;
  readonly querySamplesMax: number;
  readonly queryMemoryBytesMax: number;
  /** How far back an instant selector looks when the request does not say. */
  readonly lookbackDeltaMs: number;
}

/** What the endpoints over data work with; shared by all requests. */
export interface DataServices {
  readonly engine: QueryEngineLike;
  readonly source: DataSource;
  readonly clock: Clock;
  readonly limits: ApiLimits;
  /** Given to federated series that have none of the name. Default: none. */
  readonly externalLabels?: Labels;
  /** Memory for the answers of queries: at least so many bytes, of any contents. Default: memory of their own. */
  readonly allocateBody?: AllocateBody;
}

/** One request on its way through an endpoint. */
export interface ApiCall<Services> {
  readonly request: ApiRequest;
  readonly services: Services;
  /** The `:name` segment of the endpoint's path, still percent-encoded; '' when it has none. */
  readonly pathSegment: string;
  readonly isCancelled: () => boolean;
  /** What it took so far, which the answer carries, whatever becomes of the request. */
  readonly tellCost: (cost: QueryCost) => void;
}

export interface Endpoint<Services> {
  /** Those it answers; where GET is one, HEAD is too, and OPTIONS always. */
  readonly methods: readonly ('GET' | 'POST' | 'PUT' | 'DELETE')[];
  /** Absolute, without trailing slash; one segment may be `:name`, which matches any. */
  readonly path: string;
  /** Default: JSON. */
  readonly errorFormat?: ErrorFormat;
  /** May throw: the router turns errors into answers. */
  handle(call: ApiCall<Services>): ApiResponse | Promise<ApiResponse>;
}

/** Answers from the data: any number of threads may have one. */
export type DataEndpoint = Endpoint<DataServices>;
export type DataCall = ApiCall<DataServices>;
