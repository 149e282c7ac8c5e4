/**
 * What samples take on disk once the server has them in the form in which they stay.
 *
 * The subject's own means bring it there: this server is stopped and its log flushed into blocks, VictoriaMetrics
 * flushes, merges and is stopped, Prometheus is stopped and keeps its log. The whole folder counts, index, metadata
 * and logs included, but not the caches that VictoriaMetrics writes when it stops. Sizes hardly differ from round to
 * round, so one turn each is enough.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type FolderSize, folderSize } from '../folder-size.ts';
import { sendWrites } from '../load/http-load.ts';
import type { RunningSubject, Subject } from '../subjects/subject.ts';
import type { Metric } from './case.ts';
import type { Turn } from './turns.ts';

export const DISK_METRICS: readonly Metric[] = [
  { name: 'allocatedBytes', unit: 'bytes' },
  { name: 'apparentBytes', unit: 'bytes' },
  { name: 'allocatedBytesPerSample', unit: 'bytes-each' },
];

export interface DiskLoad {
  readonly requestsByConnection: readonly (readonly Buffer[])[];
  readonly sampleCount: number;
  /** Asks back what is stored. @returns its hash @throws PromontoryError ERR_BENCH_RESULT */
  readonly check: (server: RunningSubject) => Promise<string>;
}

export async function measureDisk(subject: Subject, load: DiskLoad): Promise<Turn> {
  const server = await subject.start();
  try {
    await sendWrites(server, load.requestsByConnection);
    await load.check(server);
    await subject.settleOnDisk(server);
    const { allocatedBytes, apparentBytes } = storedSize(subject, server);
    await server.startAgain();
    return {
      values: {
        allocatedBytes,
        apparentBytes,
        allocatedBytesPerSample: allocatedBytes / load.sampleCount,
      },
      resultHash: await load.check(server),
    };
  } finally {
    await server.stop();
  }
}

function storedSize({ cacheFolders }: Subject, { storageFolder }: RunningSubject): FolderSize {
  let { allocatedBytes, apparentBytes } = folderSize(storageFolder);
  for (const name of cacheFolders) {
    const folder = join(storageFolder, name);
    if (!existsSync(folder)) continue;
    const cache = folderSize(folder);
    allocatedBytes -= cache.allocatedBytes;
    apparentBytes -= cache.apparentBytes;
  }
  return { allocatedBytes, apparentBytes };
}
