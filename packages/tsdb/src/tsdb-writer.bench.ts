/**
 * Appends batches of 2,000 samples to 100,000 series and commits eight at a time, flushes what is in the head into
 * blocks, and reads all of it back, from memory, from blocks and from blocks after a restart; prints
 * `name ns/op hash`, an op being a sample. The CPU figure is of the whole process.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  allocateSampleBatch,
  encodeLabelBytes,
  Labels,
  Matcher,
  RejectionTally,
  SampleBatch,
  SampleColumns,
} from '@promontory/model';
import { TsdbReader } from './tsdb-reader.ts';
import { TsdbWriter } from './tsdb-writer.ts';

const SMOKE = process.env['PROMONTORY_BENCH_SMOKE'] === '1';
const SERIES = SMOKE ? 4000 : 100_000;
const BATCH = 2000;
const ROUNDS = SMOKE ? 3 : 50;
const BATCHES_PER_COMMIT = 8;
const SAMPLES = SERIES * ROUNDS;
const SCRAPE_INTERVAL_MS = 15_000;
const START_MS = Date.now() - ROUNDS * SCRAPE_INTERVAL_MS;
/** Larger than all that is appended: the flush is measured by itself. */
const LOG_BYTES_MAX = 2 ** 30;

const directory = mkdtempSync(join(tmpdir(), 'tsdb-bench-'));
const batch = new SampleBatch(allocateSampleBatch({ samplesMax: BATCH, labelBytesMax: 1 << 22 }));
const value = new Float64Array(1);
const valueWords = new Int32Array(value.buffer);
const tally = new RejectionTally();

function open(): TsdbWriter {
  return new TsdbWriter({ directory, limits: { logBytesMax: LOG_BYTES_MAX } });
}

/** A third counters, a third two-decimal values, a third constant. */
function valueOf(series: number, round: number): number {
  if (series % 3 === 0) return round * (series % 977);
  return series % 3 === 1 ? ((series * 7919 + round * 104_729) % 10_000) / 100 : 42;
}

function fill(round: number, firstSeries: number): void {
  batch.clear();
  for (let index = 0; index < BATCH; index++) {
    const series = firstSeries + index;
    batch.ref[index] = round === 0 ? addSeries(series) : series + 1;
    batch.timestampMs[index] = START_MS + round * SCRAPE_INTERVAL_MS;
    value[0] = valueOf(series, round);
    batch.valueWords[2 * index] = valueWords[0]!;
    batch.valueWords[2 * index + 1] = valueWords[1]!;
  }
  batch.sampleCount = BATCH;
}

/** The fingerprint does not matter here: any three words that differ. */
function addSeries(series: number): number {
  const labels = Labels.fromObject({ __name__: 'bench_total', series: String(series), job: 'bench' });
  return batch.addNewSeries(Math.imul(series, 0x9e3779b1), series, 7, encodeLabelBytes(labels));
}

async function append(writer: TsdbWriter, firstRound: number, endRound: number): Promise<number> {
  let batches = 0;
  for (let round = firstRound; round < endRound; round++) {
    for (let series = 0; series < SERIES; series += BATCH) {
      fill(round, series);
      writer.append(batch, tally);
      if (++batches % BATCHES_PER_COMMIT !== 0) continue;
      writer.commit();
      await writer.maintain();
    }
  }
  writer.commit();
  return writer.statistics.samplesAppended;
}

/** @returns the last values added up @throws Error unless every sample was there */
async function readAll(writer: TsdbWriter, ownerId: number): Promise<number> {
  const reader = new TsdbReader({ directory, memory: writer.memory, ownerId });
  const matchers = [new Matcher('=', '__name__', 'bench_total')];
  const set = reader.select({
    matchers,
    rangeStartMsInclusive: START_MS,
    rangeEndMsInclusive: START_MS + ROUNDS * SCRAPE_INTERVAL_MS,
  });
  const columns = new SampleColumns();
  let sampleCount = 0;
  let hash = 0;
  for (let index = 0; index < set.seriesCount; index++) {
    columns.clear();
    set.read(index, columns);
    sampleCount += columns.count;
    hash += columns.value[columns.count - 1] ?? 0;
  }
  set.close();
  await reader.close();
  if (sampleCount !== SAMPLES) throw new Error(`read ${sampleCount} samples, want ${SAMPLES}`);
  return Math.round(hash);
}

async function measure(name: string, samples: number, action: () => Promise<number>): Promise<void> {
  const cpu = process.cpuUsage();
  const hash = await action();
  const { user, system } = process.cpuUsage(cpu);
  const nsPerSample = ((user + system) * 1000) / samples;
  process.stdout.write(`${name} ${nsPerSample.toFixed(1)} ns/op ${hash}\n`);
}

const writer = open();
await measure('append and commit, new series', SERIES, () => append(writer, 0, 1));
await measure('append and commit, known series', SAMPLES - SERIES, () => append(writer, 1, ROUNDS));
await measure('read back from memory', SAMPLES, () => readAll(writer, 1));
await measure('flush', SAMPLES, async () => {
  await writer.flush();
  return writer.statistics.blocksWritten;
});
await measure('read back from blocks', SAMPLES, () => readAll(writer, 2));
await measure('read back from blocks again', SAMPLES, () => readAll(writer, 3));
await writer.close();
const reopened = open();
await measure('read back after a restart', SAMPLES, () => readAll(reopened, 1));
await reopened.close();
rmSync(directory, { recursive: true });
