/** The other programs that end-to-end tests and benchmarks run against, and where they are kept. */
import { access, constants } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Paths of executables. */
export interface Peers {
  readonly prometheus: string;
  readonly promtool: string;
  readonly victoriaMetrics: string;
  readonly vmagent: string;
  readonly vmalert: string;
  readonly vmctl: string;
  readonly alertmanager: string;
  readonly natsServer: string;
  readonly nodeExporter: string;
}

/** executable inside the peers folder, by peer */
const EXECUTABLES: Readonly<Record<keyof Peers, string>> = {
  prometheus: 'usr/bin/prometheus',
  promtool: 'usr/bin/promtool',
  victoriaMetrics: 'usr/bin/victoria-metrics',
  vmagent: 'usr/bin/vmagent',
  vmalert: 'usr/bin/vmalert',
  vmctl: 'usr/bin/vmctl',
  alertmanager: 'usr/bin/prometheus-alertmanager',
  natsServer: 'usr/sbin/nats-server',
  nodeExporter: 'usr/bin/prometheus-node-exporter',
};

/** `$XDG_CACHE_HOME/promontory-peers`, or the same below `~/.cache`. */
export function defaultPeersFolder(): string {
  const cacheHome = process.env['XDG_CACHE_HOME'];
  return join(
    cacheHome === undefined || cacheHome === '' ? join(homedir(), '.cache') : cacheHome,
    'promontory-peers',
  );
}

/** @returns null unless every peer is there and executable */
export async function findPeers(folder = defaultPeersFolder()): Promise<Peers | null> {
  const peers = Object.fromEntries(
    Object.entries(EXECUTABLES).map(([name, path]) => [name, join(folder, path)]),
  ) as unknown as Peers;
  try {
    await Promise.all(Object.values(peers).map((path: string) => access(path, constants.X_OK)));
    return peers;
  } catch {
    return null;
  }
}
