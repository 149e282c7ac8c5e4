import { successResponse } from '../json/envelope.ts';
import type { ServerEndpoint } from './server-services.ts';

/** Active alerts: without rules there are none. */
export const alertsEndpoint: ServerEndpoint = {
  methods: ['GET'],
  path: '/api/v1/alerts',
  handle: () => successResponse((writer) => writer.raw('{"alerts":[]}')),
};
