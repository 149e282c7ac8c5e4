/** Servers of others that are clients of this one, each with a configuration of its own. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ChildServer, freePort, LOOPBACK_HOST, type Peers } from '@promontory/tools';
import { ACCESS_KEY, AUTHORIZATION, type TestServer } from '../../test/test-server.ts';
import type { ApiTarget } from '../prometheus-api.ts';

const [USERNAME = '', PASSWORD = ''] = ACCESS_KEY.split(':');

/** For a Prometheus's configuration, in one line. */
export const BASIC_AUTH_YAML = `basic_auth: { username: ${USERNAME}, password: ${PASSWORD} }`;

export const CREDENTIALS = { username: USERNAME, password: PASSWORD };

export function targetOf(server: TestServer): ApiTarget {
  return { name: 'promontory', baseUrl: urlOf(server), headers: { Authorization: AUTHORIZATION } };
}

export function urlOf({ port }: { readonly port: number }): string {
  return `http://${LOOPBACK_HOST}:${port}`;
}

export interface RunningClient {
  readonly port: number;
  readonly target: ApiTarget;
  readonly process: ChildServer;
}

export interface PrometheusOptions {
  /** An empty or new one. */
  readonly folder: string;
  /** prometheus.yml. */
  readonly config: (port: number) => string;
  /** As `--enable-feature` takes them. */
  readonly features?: readonly string[];
  readonly flags?: readonly string[];
}

export async function startPrometheusClient(
  peers: Peers,
  { folder, config, features = ['native-histograms'], flags = [] }: PrometheusOptions,
): Promise<RunningClient> {
  const port = await freePort();
  await mkdir(folder, { recursive: true });
  const configFile = join(folder, 'prometheus.yml');
  await writeFile(configFile, config(port));
  return started('prometheus', port, '/-/ready', {
    command: peers.prometheus,
    args: [
      `--config.file=${configFile}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${LOOPBACK_HOST}:${port}`,
      `--enable-feature=${features.join(',')}`,
      '--log.level=warn',
      ...flags,
    ],
  });
}

/** vmagent, vmalert or VictoriaMetrics itself. */
export async function startVictoria(
  name: 'vmagent' | 'vmalert' | 'victoriaMetrics',
  peers: Peers,
  flags: readonly string[],
): Promise<RunningClient> {
  const port = await freePort();
  const args = [`-httpListenAddr=${LOOPBACK_HOST}:${port}`, '-loggerLevel=WARN', ...flags];
  return started(name, port, '/health', { command: peers[name], args });
}

async function started(
  name: string,
  port: number,
  readyPath: string,
  program: { readonly command: string; readonly args: readonly string[] },
): Promise<RunningClient> {
  const baseUrl = urlOf({ port });
  const process = await ChildServer.start({ name, ...program, readyUrl: `${baseUrl}${readyPath}` });
  return { port, process, target: { name, baseUrl, headers: {} } };
}
