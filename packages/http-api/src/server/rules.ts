import { successResponse } from '../json/envelope.ts';
import { invalidParameter } from '../parameters/parameter-error.ts';
import { RequestParameters } from '../parameters/request-parameters.ts';
import type { ServerEndpoint } from './server-services.ts';

const TYPES = ['', 'alert', 'record'];

/** Rule groups: none can be configured yet. */
export const rulesEndpoint: ServerEndpoint = {
  methods: ['GET'],
  path: '/api/v1/rules',
  handle: ({ request }) => {
    const type = RequestParameters.read(request).get('type');
    if (!TYPES.includes(type)) throw invalidParameter('type', `not supported value ${JSON.stringify(type)}`);
    return successResponse((writer) => writer.raw('{"groups":[]}'));
  },
};
