import { requiredDurationMs } from '../parameters/duration-parameter.ts';
import { readLimit } from '../parameters/limit-parameter.ts';
import { invalidParameter } from '../parameters/parameter-error.ts';
import type { RequestParameters } from '../parameters/request-parameters.ts';
import { requiredTimeMs } from '../parameters/time-parameter.ts';
import { dataEndpoint } from './data-endpoint.ts';
import { answerQuery, readQueryOptions } from './query-options.ts';

/** An expression at every step from start to end, both included. */
export const queryRangeEndpoint = dataEndpoint({
  methods: ['GET', 'POST'],
  path: '/api/v1/query_range',
  handle: async (call) => {
    const { engine, source } = call.services;
    const { parameters } = call;
    const limit = readLimit(parameters);
    const range = readRange(parameters);
    const options = readQueryOptions(call);
    return answerQuery(call, { limit, withStats: parameters.get('stats') !== '' }, () =>
      engine.rangeQuery(source, { ...options, ...range }),
    );
  },
});

function readRange(parameters: RequestParameters): {
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
