import { successResponse } from '../json/envelope.ts';
import type { ServerEndpoint } from './server-services.ts';

/** The Prometheus whose API this is; clients turn features on by it. */
const PROMETHEUS_VERSION = '3.5.0';

/**
 * Our own version rides along as build metadata of Prometheus's. There is no `features` member: Grafana
 * takes a server that has one for Mimir.
 */
export const buildInfoEndpoint: ServerEndpoint = {
  methods: ['GET'],
  path: '/api/v1/status/buildinfo',
  handle: ({ services: { build } }) => {
    const members = {
      application: 'Promontory',
      version: `${PROMETHEUS_VERSION}+promontory.${build.version}`,
      revision: build.revision,
      branch: build.branch,
      buildUser: build.buildUser,
      buildDate: build.buildDate,
      goVersion: build.runtime,
    };
    return successResponse((writer) => {
      Object.entries(members).forEach(([name, value], index) => {
        writer.raw(`${index === 0 ? '{' : ','}"${name}":`);
        writer.text(value);
      });
      writer.raw('}');
    });
  },
};
