/** The endpoints that answer from what the process itself knows: what it is, how it was started, what it does. */
import { type Api, type ApiOptions, EndpointsApi } from './api.ts';
import { activeQueriesEndpoint, cancelQueryEndpoint } from './server/active-queries.ts';
import {
  cleanTombstonesEndpoint,
  deleteSeriesEndpoint,
  snapshotEndpoint,
} from './server/admin/admin-endpoints.ts';
import { alertmanagersEndpoint, alertsEndpoint } from './server/alerts.ts';
import { buildInfoEndpoint } from './server/build-info.ts';
import { featuresEndpoint } from './server/features.ts';
import { notificationsEndpoint, notificationsLiveEndpoint } from './server/notifications.ts';
import { openApiEndpoint } from './server/openapi.ts';
import { rulesEndpoint } from './server/rules.ts';
import { selfMetricsEndpoint } from './server/self-metrics.ts';
import type { ServerEndpoint, ServerServices } from './server/server-services.ts';
import {
  statusConfigEndpoint,
  statusFlagsEndpoint,
  statusRuntimeInfoEndpoint,
  statusWalReplayEndpoint,
} from './server/status.ts';
import {
  scrapePoolsConfigEndpoint,
  scrapePoolsEndpoint,
  targetsEndpoint,
  targetsMetadataEndpoint,
  targetsRelabelStepsEndpoint,
} from './server/targets.ts';
import { topQueriesEndpoint } from './server/top-queries.ts';

/** All that there are. */
export const SERVER_ENDPOINTS: readonly ServerEndpoint[] = [
  rulesEndpoint,
  alertsEndpoint,
  alertmanagersEndpoint,
  targetsEndpoint,
  targetsMetadataEndpoint,
  targetsRelabelStepsEndpoint,
  scrapePoolsEndpoint,
  scrapePoolsConfigEndpoint,
  statusConfigEndpoint,
  statusFlagsEndpoint,
  statusRuntimeInfoEndpoint,
  statusWalReplayEndpoint,
  selfMetricsEndpoint,
  buildInfoEndpoint,
  activeQueriesEndpoint,
  cancelQueryEndpoint,
  topQueriesEndpoint,
  featuresEndpoint,
  notificationsEndpoint,
  notificationsLiveEndpoint,
  openApiEndpoint,
  deleteSeriesEndpoint,
  cleanTombstonesEndpoint,
  snapshotEndpoint,
];

export function createServerApi(services: ServerServices, options: ApiOptions = {}): Api {
  return new EndpointsApi(SERVER_ENDPOINTS, services, options);
}
