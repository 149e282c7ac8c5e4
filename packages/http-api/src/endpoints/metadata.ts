import { successResponse } from '../json/envelope.ts';
import { badRequest } from '../parameters/parameter-error.ts';
import { RequestParameters } from '../parameters/request-parameters.ts';
import type { DataEndpoint } from './endpoint.ts';

const INTEGER = /^[+-]?\d+$/;

/** Type, unit and help of metrics: none is kept yet, which is a valid answer for every request. */
export const metadataEndpoint: DataEndpoint = {
  methods: ['GET'],
  path: '/api/v1/metadata',
  handle: ({ request }) => {
    const parameters = RequestParameters.read(request);
    for (const name of ['limit', 'limit_per_metric']) {
      const text = parameters.get(name);
      if (text !== '' && !INTEGER.test(text)) throw badRequest(`${name} must be a number`);
    }
    return successResponse((writer) => writer.raw('{}'));
  },
};
