/** The endpoints that answer from what the process itself knows: what it is, how it was started, what it does. */
import { type Api, type ApiOptions, EndpointsApi } from './api.ts';
import { activeQueriesEndpoint, cancelQueryEndpoint } from './server/active-queries.ts';
import { alertsEndpoint } from './server/alerts.ts';
import { buildInfoEndpoint } from './server/build-info.ts';
import { rulesEndpoint } from './server/rules.ts';
import type { ServerEndpoint, ServerServices } from './server/server-services.ts';
import { topQueriesEndpoint } from './server/top-queries.ts';

const ENDPOINTS: readonly ServerEndpoint[] = [
  rulesEndpoint,
  alertsEndpoint,
  buildInfoEndpoint,
  activeQueriesEndpoint,
  cancelQueryEndpoint,
  topQueriesEndpoint,
];

export function createServerApi(services: ServerServices, options: ApiOptions = {}): Api {
  return new EndpointsApi(ENDPOINTS, services, options);
}
