import { jsonBytes, jsonSuccess } from '../json/json-success.ts';
import type { ApiResponse } from '../api-response.ts';
import type { BuildInfo, ServerEndpoint } from './server-services.ts';

/** The Prometheus whose API this is; clients turn features on by it. */
const PROMETHEUS_VERSION = '3.5.0';

/**
 * Our own version rides along as build metadata of Prometheus's. There is no `features` member: Grafana
 * takes a server that has one for Mimir.
 */
export const buildInfoEndpoint: ServerEndpoint = {
  methods: ['GET'],
  path: '/api/v1/status/buildinfo',
  handle: ({ services: { build } }) => jsonSuccess({ application: 'Promontory', ...buildMembers(build) }),
};

/** The answer of `/version`: the same without a frame around it. */
export function versionResponse(build: BuildInfo): ApiResponse {
  return {
    status: 200,
    headers: [['Content-Type', 'application/json']],
    body: Buffer.concat([jsonBytes(buildMembers(build)), Buffer.from('\n')]),
  };
}

function buildMembers(build: BuildInfo): Readonly<Record<string, string>> {
  return {
    version: `${PROMETHEUS_VERSION}+promontory.${build.version}`,
    revision: build.revision,
    branch: build.branch,
    buildUser: build.buildUser,
    buildDate: build.buildDate,
    goVersion: build.runtime,
  };
}
