import { join } from 'node:path';
import { peerVersion } from './peer-version.ts';
import { ServerProcess } from './server-process.ts';
import type { Subject } from './subject.ts';

export function victoriaMetricsSubject(executable: string): Subject {
  return {
    name: 'victoriaMetrics',
    version: peerVersion(executable, 'victoria-metrics'),
    durability: 'on disk up to 5 s after the answer',
    blocksWrittenMetric: null,
    start: () =>
      ServerProcess.start({
        name: 'victoriaMetrics',
        command: executable,
        args: ({ host, port }, dataFolder) =>
          Promise.resolve([
            `-storageDataPath=${join(dataFolder, 'data')}`,
            `-httpListenAddr=${host}:${port}`,
            '-retentionPeriod=1y',
            '-search.latencyOffset=0s',
            '-loggerLevel=WARN',
          ]),
        readyPath: '/health',
        writePath: '/api/v1/write',
        headers: {},
      }),
  };
}
