import { RequestParameters } from '../parameters/request-parameters.ts';
import type { ServerEndpoint } from './server-services.ts';

/** What can be asked of the server. Another version than 3.2 gets 3.1, as in Prometheus. */
export const openApiEndpoint: ServerEndpoint = {
  methods: ['GET'],
  path: '/api/v1/openapi.yaml',
  handle: ({ request, services }) => {
    const asked = RequestParameters.read(request).get('openapi_version');
    return {
      status: 200,
      headers: [
        ['Content-Type', 'application/yaml; charset=utf-8'],
        ['Cache-Control', 'no-cache, no-store, must-revalidate'],
      ],
      body: services.openApi.text(asked === '3.2' ? '3.2' : '3.1'),
    };
  },
};
