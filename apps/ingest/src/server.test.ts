/** Starts that fail; the running server is tested as a process. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getActiveResourcesInfo } from 'node:process';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { assert } from '@promontory/base';
import type { ServerConfig } from './config/flags.ts';
import { loadConfig } from './config/load-config.ts';
import { createLogger } from './logger.ts';
import { type RunningServer, startServer } from './server.ts';

const BUILD = { version: '0', revision: '', branch: '', buildUser: '', buildDate: '', runtime: '' };

let folder = '';
let occupied: Server;
let occupiedPort = 0;

beforeAll(async () => {
  portsAtRest = portsOpen();
  folder = await mkdtemp(join(tmpdir(), 'promontory-start-'));
  occupied = createServer();
  await new Promise<void>((resolve) => {
    occupied.listen(0, '127.0.0.1', resolve);
  });
  const address = occupied.address();
  assert(typeof address === 'object' && address !== null, 'a TCP listener has a port');
  occupiedPort = address.port;
});

afterAll(async () => {
  occupied.close();
  await rm(folder, { recursive: true, force: true });
});

function configOf(...flags: readonly string[]): ServerConfig {
  const own = [
    '--data-dir',
    folder,
    '--query-threads',
    '1',
    '--decode-threads',
    '1',
    '--log-level',
    'silent',
  ];
  return loadConfig([...own, ...flags], {});
}

function start(config: ServerConfig): Promise<RunningServer> {
  return startServer(config, { build: BUILD, settings: [] }, createLogger('silent'));
}

/** Of the test's own surroundings. */
let portsAtRest = 0;

/** Threads that work keep a port each. */
function portsOpen(): number {
  return getActiveResourcesInfo().filter((name) => name === 'MessagePort').length;
}

it.each([
  ['ERR_LISTEN', () => ['--http-listen', `127.0.0.1:${occupiedPort}`]],
  ['ERR_TLS_FILES', () => ['--http-listen', '127.0.0.1:0', '--tls-cert', '/none', '--tls-key', '/none']],
])('a start that ends with %s leaves nothing open', async (code, flags) => {
  await vi.waitFor(() => expect(portsOpen()).toBe(portsAtRest));
  await expect(start(configOf(...flags()))).rejects.toMatchObject({ code });
  // Ports close with a turn of the event loop, or a few.
  await vi.waitFor(() => expect(portsOpen()).toBe(portsAtRest));
  const server = await start(configOf('--http-listen', '127.0.0.1:0'));
  expect(portsOpen()).toBeGreaterThan(portsAtRest);
  await server.stop();
});
