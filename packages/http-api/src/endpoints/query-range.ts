import { requiredDurationMs } from '../parameters/duration-parameter.ts';
import { invalidParameter } from '../parameters/parameter-error.ts';
import type { RequestParameters } from '../parameters/request-parameters.ts';
import { requiredTimeMs } from '../parameters/time-parameter.ts';
import { dataEndpoint } from './data-endpoint.ts';
import { answerQuery, readAnswerOptions, readQueryOptions, withAnswerOptions } from './query-options.ts';

/** An expression at every step from start to end, both included. */
export const queryRangeEndpoint = dataEndpoint({
  methods: ['GET', 'POST'],
  path: '/api/v1/query_range',
  handle: async (call) => {
    const { engine, source } = call.services;
    const answerOptions = readAnswerOptions(call);
    const range = readRange(call.parameters);
    const request = { ...withAnswerOptions(readQueryOptions(call), answerOptions), ...range };
    return answerQuery(call, answerOptions, range, () => engine.rangeQuery(source, request));
  },
});

/** @throws PromontoryError ERR_PARAMETER_INVALID */
export function readRange(parameters: RequestParameters): {
  startMs: number;
  endMsInclusive: number;
  stepMs: number;
} {
  const startMs = requiredTimeMs(parameters, 'start');
  const endMsInclusive = requiredTimeMs(parameters, 'end');
  if (endMsInclusive < startMs) throw invalidParameter('end', 'end timestamp must not be before start time');
  const stepMs = requiredDurationMs(parameters, 'step');
  if (stepMs <= 0) {
    const reason = 'zero or negative query resolution step widths are not accepted. Try a positive integer';
    throw invalidParameter('step', reason);
  }
  return { startMs, endMsInclusive, stepMs };
}
