/**
 * Series that the server has never seen: the cost of a start, a deployment, a churn of pods.
 *
 * Each turn starts a fresh server and sends a few rounds over series that are all new in the first. CPU is the
 * server's own, from just before the load to a fixed time after it. Memory is read then too: anonymous and shared
 * pages of the whole process, its runtime included, over the number of series; mapped files are told apart.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { sendWrites } from '../load/http-load.ts';
import { byConnection, makeSyntheticLoad, type SyntheticLoad } from '../load/synthetic-load.ts';
import { heldBytes } from '../process-stats.ts';
import type { Subject } from '../subjects/subject.ts';
import type { Case, Metric } from './case.ts';
import { expectSynthetic, mustHaveStored, syntheticQuestion } from './stored-samples.ts';
import { takeTurns, type Turn } from './turns.ts';

const FULL_SIZE = {
  seriesCount: 1_000_000,
  samplesPerRequest: 2000,
  rounds: 3,
  connections: 4,
  settleMs: 5000,
};
const SMOKE_SIZE: typeof FULL_SIZE = {
  seriesCount: 2000,
  samplesPerRequest: 200,
  rounds: 3,
  connections: 2,
  settleMs: 100,
};

const METRICS: readonly Metric[] = [
  { name: 'samplesPerSecond', unit: 'per-second' },
  { name: 'samplesPerCpuSecond', unit: 'per-second' },
  { name: 'cpuMs', unit: 'ms' },
  { name: 'residentBytesPerSeries', unit: 'bytes-each' },
  { name: 'residentGrowthBytesPerSeries', unit: 'bytes-each' },
  { name: 'fileBackedBytesPerSeries', unit: 'bytes-each' },
  { name: 'residentPeakBytes', unit: 'bytes' },
];

export const newSeries: Case = {
  name: 'series.new',
  title: 'Ingest, new series',
  run: async (context) => {
    const usual = context.isSmoke ? SMOKE_SIZE : FULL_SIZE;
    const size = { ...usual, seriesCount: context.seriesCount ?? usual.seriesCount };
    context.log(`making bodies: ${size.seriesCount} series × ${size.rounds} rounds`);
    const load = makeSyntheticLoad({ ...size, nowMs: context.nowMs });
    const rows = await takeTurns(context, (subject) => measure(subject, size, load));
    return {
      name: newSeries.name,
      title: newSeries.title,
      parameters: size,
      metrics: METRICS,
      rows,
    };
  },
};

async function measure(subject: Subject, size: typeof FULL_SIZE, load: SyntheticLoad): Promise<Turn> {
  const { seriesCount } = size;
  const server = await subject.start();
  try {
    const emptyBytes = heldBytes(server.memory());
    const cpuStartMs = server.cpuMs();
    const { durationMs } = await sendWrites(server, byConnection(load.rounds, size.connections));
    await sleep(size.settleMs);
    const cpuMs = server.cpuMs() - cpuStartMs;
    const memory = server.memory();
    const resultHash = await mustHaveStored(subject, server, syntheticQuestion(load), expectSynthetic(load));
    const samples = seriesCount * size.rounds;
    return {
      values: {
        samplesPerSecond: (samples * 1000) / durationMs,
        samplesPerCpuSecond: (samples * 1000) / cpuMs,
        cpuMs,
        residentBytesPerSeries: heldBytes(memory) / seriesCount,
        residentGrowthBytesPerSeries: (heldBytes(memory) - emptyBytes) / seriesCount,
        fileBackedBytesPerSeries: memory.fileBytes / seriesCount,
        residentPeakBytes: memory.residentPeakBytes,
      },
      resultHash,
    };
  } finally {
    await server.stop();
  }
}
