/** Records a node_exporter on this machine and the Prometheus that scrapes it and itself. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChildServer, freePort, installPeers, LOOPBACK_HOST, type Peers } from '@promontory/tools';
import type { Recording } from './recording.ts';
import { recordScrapes, type ScrapeOptions } from './scrape-recorder.ts';

/** @throws PromontoryError ERR_PEERS_UNAVAILABLE, ERR_CHILD_SERVER, ERR_BENCH_RECORDING */
export async function recordPeers(options: ScrapeOptions): Promise<Recording> {
  const peers = await installPeers();
  const workFolder = await mkdtemp(join(tmpdir(), 'promontory-record-'));
  const servers: ChildServer[] = [];
  try {
    const nodeExporter = `${LOOPBACK_HOST}:${await freePort()}`;
    servers.push(await startNodeExporter(peers, nodeExporter));
    const prometheus = `${LOOPBACK_HOST}:${await freePort()}`;
    servers.push(await startPrometheus(peers, prometheus, nodeExporter, workFolder));
    const targets = [
      { job: 'node', url: `http://${nodeExporter}/metrics` },
      { job: 'prometheus', url: `http://${prometheus}/metrics` },
    ];
    return await recordScrapes(targets, options);
  } finally {
    for (const server of servers) await server.stop();
    await rm(workFolder, { recursive: true, force: true });
  }
}

function startNodeExporter(peers: Peers, address: string): Promise<ChildServer> {
  return ChildServer.start({
    name: 'node_exporter',
    command: peers.nodeExporter,
    args: [`--web.listen-address=${address}`],
    readyUrl: `http://${address}/`,
  });
}

async function startPrometheus(
  peers: Peers,
  address: string,
  nodeExporter: string,
  workFolder: string,
): Promise<ChildServer> {
  const config = join(workFolder, 'prometheus.yml');
  await writeFile(
    config,
    `global: { scrape_interval: 1s }
scrape_configs:
  - job_name: prometheus
    static_configs: [{ targets: ['${address}'] }]
  - job_name: node
    static_configs: [{ targets: ['${nodeExporter}'] }]
`,
  );
  return ChildServer.start({
    name: 'prometheus',
    command: peers.prometheus,
    args: [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(workFolder, 'data')}`,
      `--web.listen-address=${address}`,
      '--log.level=warn',
    ],
    readyUrl: `http://${address}/-/ready`,
  });
}
