/**
 * Ingest of series that the server knows already: the steady state of every metrics server.
 *
 * Each turn starts a fresh server, creates all series with a first round that is not measured, lets it settle,
 * and then sends the measured rounds over 8 connections. CPU is the server's own, from just before the load to
 * a fixed time after it, so that work put off for later counts too. In full size the load is large enough for
 * this server to write a block within that time; a turn without one fails.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { PromontoryError } from '@promontory/base';
import { ERR_BENCH_NO_BLOCK } from '../error-codes.ts';
import { type LoadResult, sendWrites } from '../load/http-load.ts';
import { SeriesValues } from '../load/series-set.ts';
import { WriteBodies } from '../load/write-bodies.ts';
import { quantileOfSorted } from '../statistics.ts';
import type { RunningSubject, Subject } from '../subjects/subject.ts';
import type { Case, CaseContext, CaseReport, Metric, SubjectReport } from './case.ts';
import { askStored, checkStored, expectStored, hashOf, type StoredSamples } from './stored-samples.ts';

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
  rounds: 80,
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
const SEED = 20_260;
const SCRAPE_INTERVAL_MS = 15_000;

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

interface Load {
  readonly size: Size;
  /** By connection: the bodies that create the series. */
  readonly creation: readonly (readonly Buffer[])[];
  readonly measured: readonly (readonly Buffer[])[];
  readonly lastTimestampMs: number;
  readonly expected: StoredSamples;
  readonly rawBytesPerSample: number;
  readonly bodyBytesPerSample: number;
}

interface Turn {
  readonly load: LoadResult;
  readonly values: Readonly<Record<string, number>>;
  readonly resultHash: string;
}

export const ingestKnownSeries: Case = {
  name: 'ingest.knownSeries',
  title: 'Ingest, known series',
  run: async (context) => {
    const size = context.isSmoke ? SMOKE_SIZE : FULL_SIZE;
    context.log(`making bodies: ${size.seriesCount} series × ${size.rounds + 1} rounds`);
    const load = makeLoad(size, context.nowMs);
    const turns = new Map<Subject, Turn[]>(context.subjects.map((subject) => [subject, []]));
    for (let round = 1; round <= context.rounds; round++) {
      for (const [subject, done] of turns) {
        const turn = await measure(subject, load);
        done.push(turn);
        logTurn(context, subject, round, turn);
      }
    }
    return reportOf(load, turns);
  },
};

function makeLoad(size: Size, nowMs: number): Load {
  const values = new SeriesValues(size.seriesCount, SEED);
  const bodies = new WriteBodies(size);
  const lastTimestampMs = Math.floor(nowMs / SCRAPE_INTERVAL_MS) * SCRAPE_INTERVAL_MS;
  const timestampOf = (round: number): number => lastTimestampMs - (size.rounds - round) * SCRAPE_INTERVAL_MS;
  const byConnection = (): Buffer[][] => Array.from({ length: size.connections }, () => []);
  const creation = byConnection();
  const measured = byConnection();
  let bodyBytes = 0;
  for (let round = 0; round <= size.rounds; round++) {
    const target = round === 0 ? creation : measured;
    for (const [index, body] of bodies.round(values, timestampOf(round)).entries()) {
      target[index % size.connections]?.push(body);
      if (round > 0) bodyBytes += body.length;
    }
    if (round < size.rounds) values.step();
  }
  return {
    size,
    creation,
    measured,
    lastTimestampMs,
    expected: expectStored(values.current),
    rawBytesPerSample: bodies.rawBytes / size.seriesCount,
    bodyBytesPerSample: bodyBytes / (size.seriesCount * size.rounds),
  };
}

async function measure(subject: Subject, load: Load): Promise<Turn> {
  const server = await subject.start();
  try {
    await sendWrites(server, load.creation);
    await sleep(load.size.settleMs);
    const blocksBefore = await blocksWritten(subject, server);
    const cpuStartMs = server.cpuMs();
    const result = await sendWrites(server, load.measured);
    await sleep(load.size.settleMs);
    const cpuMs = server.cpuMs() - cpuStartMs;
    const memory = server.memory();
    if (load.size.isBlockWanted) await checkBlocks(subject, server, blocksBefore);
    const stored = await askStored(server, load.lastTimestampMs, load.size.seriesCount);
    checkStored(subject.name, stored, load.expected);
    const samples = load.size.seriesCount * load.size.rounds;
    return {
      load: result,
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
      resultHash: hashOf(stored),
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

function logTurn(context: CaseContext, subject: Subject, round: number, turn: Turn): void {
  const perSecond = Math.round(turn.values['samplesPerSecond'] ?? 0);
  const perCpuSecond = Math.round(turn.values['samplesPerCpuSecond'] ?? 0);
  context.log(
    `round ${round} ${subject.name}: ${perSecond} samples/s, ${perCpuSecond} samples/CPU-s, result ${turn.resultHash}`,
  );
}

function reportOf(load: Load, turns: ReadonlyMap<Subject, readonly Turn[]>): CaseReport {
  const rows = [...turns].map(([subject, done]): SubjectReport => ({
    subject: subject.name,
    version: subject.version,
    durability: subject.durability,
    values: Object.fromEntries(
      METRICS.map(({ name }) => [name, done.map((turn) => turn.values[name] ?? Number.NaN)]),
    ),
    resultHash: done[0]?.resultHash ?? '',
  }));
  return {
    name: ingestKnownSeries.name,
    title: ingestKnownSeries.title,
    parameters: {
      seriesCount: load.size.seriesCount,
      samplesPerRequest: load.size.samplesPerRequest,
      rounds: load.size.rounds,
      connections: load.size.connections,
      settleMs: load.size.settleMs,
      client: 'autocannon, HTTP/1.1 keep-alive, one request at a time per connection',
      rawBytesPerSample: Math.round(load.rawBytesPerSample * 10) / 10,
      bodyBytesPerSample: Math.round(load.bodyBytesPerSample * 10) / 10,
    },
    metrics: METRICS,
    rows,
  };
}
