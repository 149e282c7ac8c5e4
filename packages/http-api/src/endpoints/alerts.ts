import { successResponse } from '../json/envelope.ts';
import type { Endpoint } from './endpoint.ts';

/** Active alerts: without rules there are none. */
export const alertsEndpoint: Endpoint = {
  methods: ['GET'],
  path: '/api/v1/alerts',
  handle: () => successResponse((writer) => writer.raw('{"alerts":[]}')),
};
