import { readLimit } from '../parameters/limit-parameter.ts';
import { optionalTimeMs } from '../parameters/time-parameter.ts';
import { dataEndpoint } from './data-endpoint.ts';
import { answerQuery, readQueryOptions } from './query-options.ts';

/** An expression at one instant, now when the request does not say. */
export const queryEndpoint = dataEndpoint({
  methods: ['GET', 'POST'],
  path: '/api/v1/query',
  handle: async (call) => {
    const { engine, source, clock } = call.services;
    const { parameters } = call;
    const limit = readLimit(parameters);
    const timeMs = optionalTimeMs(parameters, 'time', clock.nowMs());
    const options = readQueryOptions(call);
    return answerQuery(call, { limit, withStats: parameters.get('stats') !== '' }, () =>
      engine.instantQuery(source, { ...options, timeMs }),
    );
  },
});
