import { readLimit } from '../parameters/limit-parameter.ts';
import { RequestParameters } from '../parameters/request-parameters.ts';
import { optionalTimeMs } from '../parameters/time-parameter.ts';
import type { DataEndpoint } from './endpoint.ts';
import { answerQuery, readQueryOptions } from './query-options.ts';

/** An expression at one instant, now when the request does not say. */
export const queryEndpoint: DataEndpoint = {
  methods: ['GET', 'POST'],
  path: '/api/v1/query',
  handle: async (call) => {
    const { engine, source, clock } = call.services;
    const parameters = RequestParameters.read(call.request);
    const limit = readLimit(parameters);
    const timeMs = optionalTimeMs(parameters, 'time', clock.nowMs());
    const options = readQueryOptions(call, parameters);
    return answerQuery(call, { limit, withStats: parameters.get('stats') !== '' }, () =>
      engine.instantQuery(source, { ...options, timeMs }),
    );
  },
};
