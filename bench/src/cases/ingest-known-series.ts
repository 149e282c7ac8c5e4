/**
 * Ingest of series that the server knows already: the steady state of every metrics server.
 *
 * Each turn starts a fresh server, creates all series with a first round that is not measured, lets it settle,
 * and then sends the measured rounds over 8 connections. CPU is the server's own, from just before the load to
 * a fixed time after it, so that work put off for later counts too. In full size the load is large enough for
 * this server to write blocks within that time, a turn without one fails, and for compilers at run time to be a
 * small part of what is measured, as they are in a server's life.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { PromontoryError } from '@promontory/base';
import { ERR_BENCH_NO_BLOCK } from '../error-codes.ts';
import { sendWrites } from '../load/http-load.ts';
import { byConnection, makeSyntheticLoad, type SyntheticLoad } from '../load/synthetic-load.ts';
import { quantileOfSorted } from '../statistics.ts';
import type { RunningSubject, Subject } from '../subjects/subject.ts';
import type { Case, CaseReport, Metric, SubjectReport } from './case.ts';
import { expectSynthetic, mustHaveStored, syntheticQuestion } from './stored-samples.ts';
import { takeTurns, type Turn } from './turns.ts';

interface Size {
  readonly seriesCount: number;
  readonly samplesPerRequest: number;
  readonly rounds: number;
  readonly connections: number;
  readonly settleMs: number;
  readonly isBlockWanted: boolean;
}

const FULL_SIZE: Size = {
  seriesCount: 100_000,
  samplesPerRequest: 2000,
  rounds: 200,
  connections: 8,
  settleMs: 3000,
  isBlockWanted: true,
};
const SMOKE_SIZE: Size = {
  seriesCount: 1000,
  samplesPerRequest: 100,
  rounds: 4,
  connections: 3,
  settleMs: 200,
  isBlockWanted: false,
};

const METRICS: readonly Metric[] = [
  { name: 'samplesPerSecond', unit: 'per-second' },
  { name: 'samplesPerCpuSecond', unit: 'per-second' },
  { name: 'latencyP50', unit: 'ms' },
  { name: 'latencyP99', unit: 'ms' },
  { name: 'residentPeak', unit: 'bytes' },
  { name: 'residentAnonymous', unit: 'bytes' },
  { name: 'residentFile', unit: 'bytes' },
  { name: 'residentShared', unit: 'bytes' },
];

export const ingestKnownSeries: Case = {
  name: 'ingest.knownSeries',
  title: 'Ingest, known series',
  run: async (context) => {
    const size = context.isSmoke ? SMOKE_SIZE : FULL_SIZE;
    context.log(`making bodies: ${size.seriesCount} series × ${size.rounds + 1} rounds`);
    const load = makeSyntheticLoad({ ...size, rounds: size.rounds + 1, nowMs: context.nowMs });
    const rows = await takeTurns(context, (subject) => measure(subject, size, load));
    return reportOf(size, load, rows);
  },
};

async function measure(subject: Subject, size: Size, load: SyntheticLoad): Promise<Turn> {
  const [creation = [], ...measured] = load.rounds;
  const server = await subject.start();
  try {
    await sendWrites(server, byConnection([creation], size.connections));
    await sleep(size.settleMs);
    const blocksBefore = await blocksWritten(subject, server);
    const cpuStartMs = server.cpuMs();
    const result = await sendWrites(server, byConnection(measured, size.connections));
    await sleep(size.settleMs);
    const cpuMs = server.cpuMs() - cpuStartMs;
    const memory = server.memory();
    if (size.isBlockWanted) await checkBlocks(subject, server, blocksBefore);
    const resultHash = await mustHaveStored(subject, server, syntheticQuestion(load), expectSynthetic(load));
    const samples = size.seriesCount * size.rounds;
    return {
      values: {
        samplesPerSecond: (samples * 1000) / result.durationMs,
        samplesPerCpuSecond: (samples * 1000) / cpuMs,
        latencyP50: quantileOfSorted(result.latencyMs, 0.5),
        latencyP99: quantileOfSorted(result.latencyMs, 0.99),
        residentPeak: memory.residentPeakBytes,
        residentAnonymous: memory.anonymousBytes,
        residentFile: memory.fileBytes,
        residentShared: memory.sharedBytes,
      },
      resultHash,
    };
  } finally {
    await server.stop();
  }
}

function blocksWritten({ blocksWrittenMetric }: Subject, server: RunningSubject): Promise<number> {
  return blocksWrittenMetric === null ? Promise.resolve(0) : server.ownMetric(blocksWrittenMetric);
}

async function checkBlocks(subject: Subject, server: RunningSubject, before: number): Promise<void> {
  if (subject.blocksWrittenMetric === null) return;
  const after = await blocksWritten(subject, server);
  if (after > before) return;
  throw new PromontoryError(
    `cannot measure ${subject.name}: it wrote no block during the load (${subject.blocksWrittenMetric} is ${after}); a load without that work flatters it: send more rounds`,
    { code: ERR_BENCH_NO_BLOCK, kind: 'execution' },
  );
}

function reportOf(size: Size, load: SyntheticLoad, rows: readonly SubjectReport[]): CaseReport {
  return {
    name: ingestKnownSeries.name,
    title: ingestKnownSeries.title,
    parameters: {
      seriesCount: size.seriesCount,
      samplesPerRequest: size.samplesPerRequest,
      rounds: size.rounds,
      connections: size.connections,
      settleMs: size.settleMs,
      client: 'autocannon, HTTP/1.1 keep-alive, one request at a time per connection',
      rawBytesPerSample: Math.round(load.rawBytesPerSample * 10) / 10,
      bodyBytesPerSample: Math.round(load.bodyBytesPerSample * 10) / 10,
    },
    metrics: METRICS,
    rows,
  };
}
