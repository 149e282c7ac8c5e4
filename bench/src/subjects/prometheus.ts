import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { peerVersion } from './peer-version.ts';
import { ServerProcess } from './server-process.ts';
import type { Subject } from './subject.ts';

export function prometheusSubject(executable: string): Subject {
  return {
    name: 'prometheus',
    version: peerVersion(executable, 'prometheus'),
    durability: 'written to its log before the answer, synced when a 128 MiB segment ends',
    blocksWrittenMetric: null,
    cacheFolders: [],
    uncachedParameters: {},
    start: () =>
      ServerProcess.start({
        name: 'prometheus',
        command: executable,
        args: async ({ host, port }, { workFolder, storageFolder }) => {
          const config = join(workFolder, 'prometheus.yml');
          await writeFile(config, 'global: {}\n');
          return [
            `--config.file=${config}`,
            `--storage.tsdb.path=${storageFolder}`,
            `--web.listen-address=${host}:${port}`,
            '--web.enable-remote-write-receiver',
            // Of the parser alone: some cases ask functions that it does not know without.
            '--enable-feature=promql-experimental-functions',
            '--log.level=warn',
          ];
        },
        readyPath: '/-/ready',
        writePath: '/api/v1/write',
        headers: {},
      }),
    settleOnDisk: (server) => server.shutDown(),
    flush: () => Promise.resolve(),
  };
}
