/** Alerts and where they go. Without rules there are none. */
import { jsonSuccess } from '../json/json-success.ts';
import type { ServerEndpoint } from './server-services.ts';

export const alertsEndpoint: ServerEndpoint = {
  methods: ['GET'],
  path: '/api/v1/alerts',
  handle: () => jsonSuccess({ alerts: [] }),
};

export const alertmanagersEndpoint: ServerEndpoint = {
  methods: ['GET'],
  path: '/api/v1/alertmanagers',
  handle: () => jsonSuccess({ activeAlertmanagers: [], droppedAlertmanagers: [] }),
};
