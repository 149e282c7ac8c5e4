import { successResponse } from '../json/envelope.ts';
import { badRequest } from '../parameters/parameter-error.ts';
import { RequestParameters } from '../parameters/request-parameters.ts';
import { optionalTimeMs, TIME_MS_MAX, TIME_MS_MIN } from '../parameters/time-parameter.ts';
import type { DataEndpoint } from './endpoint.ts';

/**
 * Exemplars of the series that a query selects: none is kept yet. Grafana probes this with milliseconds in
 * the place of seconds and takes any error for "no exemplars here".
 */
export const queryExemplarsEndpoint: DataEndpoint = {
  methods: ['GET', 'POST'],
  path: '/api/v1/query_exemplars',
  handle: ({ request }) => {
    const parameters = RequestParameters.read(request);
    const startMs = optionalTimeMs(parameters, 'start', TIME_MS_MIN);
    const endMs = optionalTimeMs(parameters, 'end', TIME_MS_MAX);
    if (endMs < startMs) throw badRequest('end timestamp must not be before start timestamp');
    return successResponse((writer) => writer.raw('[]'));
  },
};
