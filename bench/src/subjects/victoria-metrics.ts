import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '@promontory/base';
import { peerVersion } from './peer-version.ts';
import { ServerProcess } from './server-process.ts';
import type { RunningSubject, Subject } from './subject.ts';

const MERGE_POLL_MS = 500;
/** Longer than a merge of all that is sent here takes; what is not merged by then counts as it is. */
const MERGE_TIMEOUT_MS = 120_000;

export function victoriaMetricsSubject(executable: string): Subject {
  return {
    name: 'victoriaMetrics',
    version: peerVersion(executable, 'victoria-metrics'),
    durability: 'on disk up to 5 s after the answer',
    blocksWrittenMetric: null,
    cacheFolders: ['cache'],
    uncachedParameters: { nocache: '1' },
    start: () =>
      ServerProcess.start({
        name: 'victoriaMetrics',
        command: executable,
        args: ({ host, port }, { storageFolder }) =>
          Promise.resolve([
            `-storageDataPath=${storageFolder}`,
            `-httpListenAddr=${host}:${port}`,
            '-retentionPeriod=1y',
            '-search.latencyOffset=0s',
            '-loggerLevel=WARN',
          ]),
        readyPath: '/health',
        writePath: '/api/v1/write',
        headers: {},
      }),
    settleOnDisk: async (server) => {
      await server.get('/internal/force_flush');
      await server.get('/internal/force_merge');
      await mergesEnded(server);
      await server.shutDown();
    },
    flush: async (server) => {
      await server.get('/internal/force_flush');
    },
  };
}

/** A forced merge is counted a moment after the answer and goes on in the background. */
async function mergesEnded(server: RunningSubject): Promise<void> {
  const deadlineMs = systemClock.monotonicMs() + MERGE_TIMEOUT_MS;
  do await sleep(MERGE_POLL_MS);
  while ((await server.ownMetric('vm_active_force_merges')) > 0 && systemClock.monotonicMs() < deadlineMs);
}
