/**
 * Start after a kill with all samples still in the log: the time from the start of the process to its first answer
 * that it is ready.
 *
 * The series and rounds are chosen so that this server's log is just short of being flushed to a block, the most
 * that it ever has to read back: 12 bytes a sample, 64 MiB a log. One load serves all rounds; the process is killed
 * before each.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { PromontoryError } from '@promontory/base';
import { ERR_BENCH_BLOCK_WRITTEN } from '../error-codes.ts';
import { sendWrites } from '../load/http-load.ts';
import { byConnection, makeSyntheticLoad, type SyntheticLoad } from '../load/synthetic-load.ts';
import { heldBytes } from '../process-stats.ts';
import type { RunningSubject, Subject } from '../subjects/subject.ts';
import type { Case, CaseContext, Metric, SubjectReport } from './case.ts';
import { expectSynthetic, mustHaveStored, syntheticQuestion } from './stored-samples.ts';
import { checkTimeLeft, rowOf, type Turn } from './turns.ts';

const FULL_SIZE = {
  seriesCount: 1_100_000,
  samplesPerRequest: 2000,
  rounds: 5,
  connections: 4,
  /** VictoriaMetrics keeps up to 5 s in memory: what is killed earlier is lost. */
  settleMs: 10_000,
};
const SMOKE_SIZE: typeof FULL_SIZE = {
  seriesCount: 2000,
  samplesPerRequest: 200,
  rounds: 2,
  connections: 2,
  settleMs: 0,
};

const METRICS: readonly Metric[] = [
  { name: 'readyMs', unit: 'ms' },
  { name: 'cpuMs', unit: 'ms' },
  { name: 'residentBytes', unit: 'bytes' },
];

export const restart: Case = {
  name: 'restart',
  title: 'Start after a kill, everything in the log',
  run: async (context) => {
    const usual = context.isSmoke ? SMOKE_SIZE : FULL_SIZE;
    const size = { ...usual, seriesCount: context.seriesCount ?? usual.seriesCount };
    context.log(`making bodies: ${size.seriesCount} series × ${size.rounds} rounds`);
    const load = makeSyntheticLoad({ ...size, nowMs: context.nowMs });
    const rows: SubjectReport[] = [];
    for (const subject of context.subjects) {
      const turns = await measure(context, subject, size, load);
      rows.push(rowOf(subject, turns));
    }
    return {
      name: restart.name,
      title: restart.title,
      parameters: size,
      metrics: METRICS,
      rows,
    };
  },
};

async function measure(
  context: CaseContext,
  subject: Subject,
  size: typeof FULL_SIZE,
  load: SyntheticLoad,
): Promise<Turn[]> {
  const expected = expectSynthetic(load);
  checkTimeLeft(context);
  const server = await subject.start();
  try {
    await sendWrites(server, byConnection(load.rounds, size.connections));
    await sleep(size.settleMs);
    await checkNoBlock(subject, server);
    const turns: Turn[] = [];
    for (let round = 1; round <= context.rounds; round++) {
      checkTimeLeft(context);
      const values = await killAndStart(server);
      const resultHash = await mustHaveStored(subject, server, syntheticQuestion(load), expected);
      turns.push({ values, resultHash });
      context.log(`round ${round} ${subject.name}: ready after ${Math.round(values.readyMs)} ms`);
    }
    return turns;
  } finally {
    await server.stop();
  }
}

async function killAndStart(
  server: RunningSubject,
): Promise<{ readyMs: number; cpuMs: number; residentBytes: number }> {
  await server.kill();
  const readyMs = await server.startAgain();
  return { readyMs, cpuMs: server.cpuMs(), residentBytes: heldBytes(server.memory()) };
}

async function checkNoBlock(subject: Subject, server: RunningSubject): Promise<void> {
  if (subject.blocksWrittenMetric === null) return;
  const blocks = await server.ownMetric(subject.blocksWrittenMetric);
  if (blocks === 0) return;
  throw new PromontoryError(
    `cannot measure ${subject.name}: it wrote ${blocks} blocks, so its log is not as full as it can be; send fewer samples`,
    { code: ERR_BENCH_BLOCK_WRITTEN, kind: 'execution' },
  );
}
