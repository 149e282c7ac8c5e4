import { optionalTimeMs } from '../parameters/time-parameter.ts';
import { dataEndpoint } from './data-endpoint.ts';
import { answerQuery, readAnswerOptions, readQueryOptions, withAnswerOptions } from './query-options.ts';
import { withRollupAsLookback } from './restore-query.ts';

/** An expression at one instant, now when the request does not say. */
export const queryEndpoint = dataEndpoint({
  methods: ['GET', 'POST'],
  path: '/api/v1/query',
  handle: async (call) => {
    const { engine, source, clock } = call.services;
    const answerOptions = readAnswerOptions(call);
    const timeMs = optionalTimeMs(call.parameters, 'time', clock.nowMs());
    const options = withRollupAsLookback(readQueryOptions(call), engine);
    const request = { ...withAnswerOptions(options, answerOptions), timeMs };
    return answerQuery(call, answerOptions, { startMs: timeMs, stepMs: 0 }, () =>
      engine.instantQuery(source, request),
    );
  },
});
