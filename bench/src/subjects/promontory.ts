import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openTsdb } from '@promontory/tsdb';
import { ServerProcess } from './server-process.ts';
import type { Subject } from './subject.ts';

const ROOT = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
/** In the server's data directory: a database a folder. */
const INSTANCES_FOLDER = 'instances';

/** @param profileFolder each thread writes a CPU profile there when its process ends; null for none */
export function promontorySubject(profileFolder: string | null = null): Subject {
  const accessKey = `bench:${randomBytes(16).toString('hex')}`;
  return {
    name: 'promontory',
    version: commit(),
    durability: 'on disk before the answer',
    blocksWrittenMetric: 'promontory_storage_blocks_written_total',
    cacheFolders: [],
    uncachedParameters: {},
    start: () =>
      ServerProcess.start({
        name: 'promontory',
        command: process.execPath,
        args: ({ host, port }, { storageFolder }) =>
          Promise.resolve([
            ...(profileFolder === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`]),
            join(ROOT, 'apps/ingest/src/main.ts'),
            '--http-listen',
            `${host}:${port}`,
            '--data-dir',
            storageFolder,
            '--bootstrap-access-key',
            accessKey,
          ]),
        readyPath: '/-/ready',
        writePath: '/api/v1/write',
        headers: { Authorization: `Basic ${Buffer.from(accessKey).toString('base64')}` },
      }),
    settleOnDisk: async (server) => {
      await server.shutDown();
      for (const instance of readdirSync(join(server.storageFolder, INSTANCES_FOLDER))) {
        await flush(join(server.storageFolder, INSTANCES_FOLDER, instance));
      }
    },
    flush: () => Promise.resolve(),
  };
}

/** The server leaves its newest samples in the log when it stops: the package writes them to blocks and merges. */
async function flush(directory: string): Promise<void> {
  const tsdb = await openTsdb({ directory });
  try {
    await tsdb.flush();
    while (await tsdb.maintain());
  } finally {
    await tsdb.close();
  }
}

/** `abc1234`, with `+` when the sources differ from it; empty outside a git checkout. */
export function commit(): string {
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'safe.directory=*', ...args], {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  try {
    return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', '-uno') === '' ? '' : '+');
  } catch {
    return '';
  }
}
