/** What instant and range queries have in common: timeout, lookback, limit, the shape of the answer. */
import { PromontoryError, WorkTicker } from '@promontory/base';
import type {
  QueryCost,
  QueryLimits,
  QueryResult,
  QueryValue,
  RangeQueryRequest,
  TraceSpan,
} from '@promontory/promql';
import type { ApiResponse } from '../api-response.ts';
import { ERR_QUERY_TIMEOUT_ELAPSED } from '../error-codes.ts';
import { queryAnnotations, successResponse } from '../json/envelope.ts';
import type { JsonWriter } from '../json/json-writer.ts';
import { isTraceWanted, startTrace, writeTrace } from './query-trace.ts';
import { estimateQueryValueBytes, writeQueryValue } from '../json/query-result-json.ts';
import { parseDuration, requiredDurationMs } from '../parameters/duration-parameter.ts';
import { readLimit } from '../parameters/limit-parameter.ts';
import { badRequest } from '../parameters/parameter-error.ts';
import type { RequestParameters } from '../parameters/request-parameters.ts';
import type { ParameterCall } from './data-endpoint.ts';
import type { ApiLimits, DataCall } from './endpoint.ts';
import { namedQueryError } from './query-parameter.ts';
import { RequestDeadline } from './request-deadline.ts';
import { readStatsWanted, type StatsContext, type StatsWanted, writeStats } from './query-stats.ts';

/** Steps between the first and the last point of a series. */
const STEPS_MAX = 11_000;

export interface QueryOptions {
  readonly query: string;
  readonly lookbackDeltaMs: number;
  readonly limits: QueryLimits;
  readonly isCancelled: () => boolean;
  readonly onEnd: (cost: QueryCost) => void;
}

/** @throws PromontoryError for parameters that make no sense and for a timeout that leaves no time */
export function readQueryOptions({
  parameters,
  request: { queuedMs = 0 },
  services: { limits },
  isCancelled,
  tellCost,
}: ParameterCall): QueryOptions {
  return {
    query: parameters.get('query'),
    lookbackDeltaMs: readLookbackDelta(parameters, limits),
    limits: {
      samplesMax: limits.querySamplesMax,
      memoryBytesMax: limits.queryMemoryBytesMax,
      durationMsMax: readTimeout(parameters, limits) - queuedMs,
      stepsMax: STEPS_MAX,
    },
    isCancelled,
    onEnd: tellCost,
  };
}

/** The request may shorten the server's own limit, not stretch it. */
function readTimeout(parameters: RequestParameters, limits: ApiLimits): number {
  if (parameters.get('timeout') === '') return limits.queryDurationMsMax;
  const timeoutMs = requiredDurationMs(parameters, 'timeout');
  if (timeoutMs > 0) return Math.min(timeoutMs, limits.queryDurationMsMax);
  throw new PromontoryError('query timed out in query execution', {
    code: ERR_QUERY_TIMEOUT_ELAPSED,
    kind: 'timeout',
    context: { timeoutMs },
  });
}

/** Zero and less mean the server's own, as in Prometheus. */
function readLookbackDelta(parameters: RequestParameters, limits: ApiLimits): number {
  const text = parameters.get('lookback_delta');
  if (text === '') return limits.lookbackDeltaMs;
  const parsed = parseDuration(text);
  if ('problem' in parsed) throw badRequest(`error parsing lookback delta duration: ${parsed.problem}`);
  return parsed.durationMs > 0 ? parsed.durationMs : limits.lookbackDeltaMs;
}

type EngineOptions = QueryOptions & Pick<RangeQueryRequest, 'perStepStats' | 'trace'>;

export interface AnswerOptions {
  /** Series in the answer at most, 0 for all. */
  readonly limit: number;
  readonly stats: StatsWanted;
  /** What the answer tells about itself; null: nothing. */
  readonly trace: TraceSpan | null;
}

/** What the parameters say about the answer, which the engine need not know. */
export function readAnswerOptions(call: ParameterCall): AnswerOptions {
  const { parameters } = call;
  return {
    limit: readLimit(parameters),
    stats: readStatsWanted(parameters),
    trace: isTraceWanted(parameters) ? startTrace(call) : null,
  };
}

/** What the engine has to do for the answer. */
export function withAnswerOptions(options: QueryOptions, { stats, trace }: AnswerOptions): EngineOptions {
  return { ...options, perStepStats: stats.isPerStep, ...(trace !== null && { trace }) };
}

/**
 * Runs the query and writes its answer.
 *
 * @param evaluate asks the engine
 */
export async function answerQuery(
  call: DataCall,
  { limit, stats, trace }: AnswerOptions,
  steps: Pick<StatsContext, 'startMs' | 'stepMs'>,
  evaluate: () => Promise<QueryResult>,
): Promise<ApiResponse> {
  const ticker = new WorkTicker(new RequestDeadline(call, 'query').check);
  const result = await evaluate().catch((error: unknown) => {
    throw namedQueryError(error);
  });
  const { value, truncated } = limitSeries(result.value, limit);
  const annotations = queryAnnotations(result, truncated);
  if (stats.warning !== null) annotations.warnings.push(stats.warning);
  const writeSpan = trace?.child('write JSON');
  const writeData = (writer: JsonWriter): void => {
    writer.raw('{');
    writeQueryValue(writer, value, ticker);
    if (stats.isWanted) writeStats(writer, result.stats, { ...steps, queuedMs: call.request.queuedMs ?? 0 });
    writer.raw('}');
    writeSpan?.end(`${writer.length} bytes`);
  };
  return successResponse(writeData, {
    annotations,
    capacityBytes: estimateQueryValueBytes(value),
    ...(call.services.allocateBody !== undefined && { allocate: call.services.allocateBody }),
    ...(trace !== null && { writeMembers: (writer) => writeTrace(writer, trace) }),
  });
}

function limitSeries(value: QueryValue, limit: number): { value: QueryValue; truncated: boolean } {
  if (limit > 0 && value.type === 'vector' && value.samples.length > limit) {
    return { value: { ...value, samples: value.samples.slice(0, limit) }, truncated: true };
  }
  if (limit > 0 && value.type === 'matrix' && value.series.length > limit) {
    return { value: { ...value, series: value.series.slice(0, limit) }, truncated: true };
  }
  return { value, truncated: false };
}
