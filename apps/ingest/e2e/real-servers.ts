/** The servers of the end-to-end test: this one, and a real Prometheus that scrapes and writes to it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ChildServer, LOOPBACK_HOST, type Peers } from '@promontory/tools';
import type { ApiTarget } from './prometheus-api.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const ACCESS_KEY = { id: 'e2e', secret: 'a-secret-of-this-test' };

export const NATIVE_JOB = 'native';
/** They have no native histograms. */
const TEXT_PROTOCOLS = '[OpenMetricsText1.0.0, PrometheusText0.0.4]';

export interface OwnServerPlace {
  readonly port: number;
  readonly dataFolder: string;
}

export function startOwnServer({ port, dataFolder }: OwnServerPlace): Promise<ChildServer> {
  const listen = `${LOOPBACK_HOST}:${port}`;
  const key = `${ACCESS_KEY.id}:${ACCESS_KEY.secret}`;
  return ChildServer.start({
    name: 'promontory',
    command: process.execPath,
    args: [MAIN, '--http-listen', listen, '--data-dir', dataFolder, '--bootstrap-access-key', key],
    readyUrl: `http://${listen}/-/ready`,
  });
}

export function ownTarget(port: number): ApiTarget {
  const credentials = Buffer.from(`${ACCESS_KEY.id}:${ACCESS_KEY.secret}`).toString('base64');
  return {
    name: 'promontory',
    baseUrl: `http://${LOOPBACK_HOST}:${port}`,
    headers: { Authorization: `Basic ${credentials}` },
  };
}

export function prometheusTarget(port: number): ApiTarget {
  return { name: 'prometheus', baseUrl: `http://${LOOPBACK_HOST}:${port}`, headers: {} };
}

export function startNodeExporter(peers: Peers, port: number): Promise<ChildServer> {
  return ChildServer.start({
    name: 'node_exporter',
    command: peers.nodeExporter,
    args: [`--web.listen-address=${LOOPBACK_HOST}:${port}`, '--log.level=error'],
    readyUrl: `http://${LOOPBACK_HOST}:${port}/`,
  });
}

export interface PrometheusPlace {
  readonly folder: string;
  readonly port: number;
  readonly nodeExporterPort: number;
  readonly writePort: number;
}

/**
 * Scrapes itself and the exporter every second and sends what it has at least as often. Its own durations it
 * scrapes once more, as native histograms, for the job NATIVE_JOB.
 */
export async function startPrometheus(peers: Peers, place: PrometheusPlace): Promise<ChildServer> {
  const config = join(place.folder, 'prometheus.yml');
  await writeFile(config, prometheusConfig(place));
  return ChildServer.start({
    name: 'prometheus',
    command: peers.prometheus,
    args: [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(place.folder, 'data')}`,
      `--web.listen-address=${LOOPBACK_HOST}:${place.port}`,
      '--enable-feature=native-histograms',
      '--log.level=warn',
    ],
    readyUrl: `http://${LOOPBACK_HOST}:${place.port}/-/ready`,
  });
}

export interface PrometheusReceiverPlace {
  readonly folder: string;
  readonly port: number;
  /** As `--enable-feature` takes them. */
  readonly features: readonly string[];
}

/** Scrapes nothing and takes remote write. */
export async function startPrometheusReceiver(
  peers: Peers,
  { folder, port, features }: PrometheusReceiverPlace,
): Promise<ChildServer> {
  const config = join(folder, 'prometheus.yml');
  await writeFile(config, '{}');
  return ChildServer.start({
    name: 'prometheus',
    command: peers.prometheus,
    args: [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${LOOPBACK_HOST}:${port}`,
      '--web.enable-remote-write-receiver',
      `--enable-feature=${features.join(',')}`,
      '--log.level=warn',
    ],
    readyUrl: `http://${LOOPBACK_HOST}:${port}/-/ready`,
  });
}

function prometheusConfig({ port, nodeExporterPort, writePort }: PrometheusPlace): string {
  return `
global:
  scrape_interval: 1s
  scrape_timeout: 1s
scrape_configs:
  - job_name: prometheus
    scrape_protocols: ${TEXT_PROTOCOLS}
    static_configs: [{ targets: ['${LOOPBACK_HOST}:${port}'] }]
  - job_name: ${NATIVE_JOB}
    scrape_protocols: [PrometheusProto]
    static_configs: [{ targets: ['${LOOPBACK_HOST}:${port}'] }]
    metric_relabel_configs: [{ source_labels: [__name__], regex: 'prometheus_.*_seconds', action: keep }]
  - job_name: node
    scrape_protocols: ${TEXT_PROTOCOLS}
    static_configs: [{ targets: ['${LOOPBACK_HOST}:${nodeExporterPort}'] }]
remote_write:
  - url: http://${LOOPBACK_HOST}:${writePort}/api/v1/write
    basic_auth: { username: ${ACCESS_KEY.id}, password: ${ACCESS_KEY.secret} }
    send_native_histograms: true
    queue_config: { batch_send_deadline: 500ms, max_backoff: 1s }
`;
}
