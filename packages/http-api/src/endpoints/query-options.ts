/** What instant and range queries have in common: timeout, lookback, limit, the shape of the answer. */
import { PromontoryError } from '@promontory/base';
import type { QueryLimits, QueryResult, QueryValue } from '@promontory/promql';
import type { ApiResponse } from '../api-response.ts';
import { ERR_QUERY_TIMEOUT_ELAPSED } from '../error-codes.ts';
import { queryAnnotations, successResponse } from '../json/envelope.ts';
import type { JsonWriter } from '../json/json-writer.ts';
import { estimateQueryValueBytes, writeQueryValue } from '../json/query-result-json.ts';
import { parseDuration, requiredDurationMs } from '../parameters/duration-parameter.ts';
import { badRequest } from '../parameters/parameter-error.ts';
import type { RequestParameters } from '../parameters/request-parameters.ts';
import type { ParameterCall } from './data-endpoint.ts';
import type { ApiLimits, DataCall } from './endpoint.ts';
import { namedQueryError } from './query-parameter.ts';

/** Steps between the first and the last point of a series. */
const STEPS_MAX = 11_000;

export interface QueryOptions {
  readonly query: string;
  readonly lookbackDeltaMs: number;
  readonly limits: QueryLimits;
  readonly isCancelled: () => boolean;
}

/** @throws PromontoryError for parameters that make no sense and for a timeout that leaves no time */
export function readQueryOptions({
  parameters,
  services: { limits },
  isCancelled,
}: ParameterCall): QueryOptions {
  return {
    query: parameters.get('query'),
    lookbackDeltaMs: readLookbackDelta(parameters, limits),
    limits: {
      samplesMax: limits.querySamplesMax,
      memoryBytesMax: limits.queryMemoryBytesMax,
      durationMsMax: readTimeout(parameters, limits),
      stepsMax: STEPS_MAX,
    },
    isCancelled,
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

export interface AnswerOptions {
  /** Series in the answer at most, 0 for all. */
  readonly limit: number;
  /** Write `stats` too. */
  readonly withStats: boolean;
}

/**
 * Runs the query and writes its answer.
 *
 * @param evaluate asks the engine
 */
export async function answerQuery(
  call: DataCall,
  options: AnswerOptions,
  evaluate: () => Promise<QueryResult>,
): Promise<ApiResponse> {
  const { clock } = call.services;
  const startMs = clock.monotonicMs();
  const result = await evaluate().catch((error: unknown) => {
    throw namedQueryError(error);
  });
  const evaluationSeconds = (clock.monotonicMs() - startMs) / 1000;
  const { value, truncated } = limitSeries(result.value, options.limit);
  return successResponse(
    (writer) => {
      writer.raw('{');
      writeQueryValue(writer, value);
      if (options.withStats) writeStats(writer, result, evaluationSeconds);
      writer.raw('}');
    },
    queryAnnotations(result, truncated),
    estimateQueryValueBytes(value),
    call.services.allocateBody,
  );
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

function writeStats(writer: JsonWriter, { stats }: QueryResult, evaluationSeconds: number): void {
  writer.raw(
    `,"stats":{"timings":{"evalTotalTime":${evaluationSeconds},"execTotalTime":${evaluationSeconds}},` +
      `"samples":{"totalQueryableSamples":${stats.samplesQueryable},"peakSamples":${stats.samplesPeak}}}`,
  );
}
