/** The other programs that end-to-end tests and benchmarks run against, and where they are kept. */
import { access, constants } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
/** executable inside the peers folder, by peer */
const EXECUTABLES = {
    prometheus: 'usr/bin/prometheus',
    promtool: 'usr/bin/promtool',
    victoriaMetrics: 'usr/bin/victoria-metrics',
    alertmanager: 'usr/bin/prometheus-alertmanager',
    natsServer: 'usr/sbin/nats-server',
    nodeExporter: 'usr/bin/prometheus-node-exporter',
};
/** `$XDG_CACHE_HOME/promontory-peers`, or the same below `~/.cache`. */
export function defaultPeersFolder() {
    const cacheHome = process.env['XDG_CACHE_HOME'];
    return join(cacheHome === undefined || cacheHome === '' ? join(homedir(), '.cache') : cacheHome, 'promontory-peers');
}
/** @returns null unless every peer is there and executable */
export async function findPeers(folder = defaultPeersFolder()) {
    const peers = Object.fromEntries(Object.entries(EXECUTABLES).map(([name, path]) => [name, join(folder, path)]));
    try {
        await Promise.all(Object.values(peers).map((path) => access(path, constants.X_OK)));
        return peers;
    }
    catch {
        return null;
    }
}
