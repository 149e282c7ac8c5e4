/**
 * Appends batches of 2,000 samples to 100,000 known series and commits eight at a time, flushes included;
 * prints `name ns/op hash`, an op being a sample. The CPU figure is of the whole process.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  allocateSampleBatch,
  encodeLabelBytes,
  Labels,
  RejectionTally,
  SampleBatch,
} from '@promontory/model';
import { TsdbWriter } from './tsdb-writer.ts';

const SMOKE = process.env['PROMONTORY_BENCH_SMOKE'] === '1';
const SERIES = SMOKE ? 4000 : 100_000;
const BATCH = 2000;
const ROUNDS = SMOKE ? 3 : 100;
const BATCHES_PER_COMMIT = 8;
const START_MS = Date.now() - ROUNDS * 1000;

const directory = mkdtempSync(join(tmpdir(), 'tsdb-bench-'));
const writer = new TsdbWriter({ directory });
const batch = new SampleBatch(allocateSampleBatch({ samplesMax: BATCH, labelBytesMax: 1 << 22 }));
const tally = new RejectionTally();
let batches = 0;

function fill(round: number, firstSeries: number): void {
  batch.clear();
  for (let index = 0; index < BATCH; index++) {
    const series = firstSeries + index;
    batch.ref[index] = round === 0 ? addSeries(series) : series + 1;
    batch.timestampMs[index] = START_MS + round * 1000;
    batch.valueWords[2 * index] = round * series;
    batch.valueWords[2 * index + 1] = 0x40590000;
  }
  batch.sampleCount = BATCH;
}

/** The fingerprint does not matter here: any three words that differ. */
function addSeries(series: number): number {
  const labels = Labels.fromObject({ __name__: 'bench_total', series: String(series), job: 'bench' });
  return batch.addNewSeries(Math.imul(series, 0x9e3779b1), series, 7, encodeLabelBytes(labels));
}

async function write(round: number): Promise<void> {
  for (let series = 0; series < SERIES; series += BATCH) {
    fill(round, series);
    writer.append(batch, tally);
    if (++batches % BATCHES_PER_COMMIT === 0) {
      writer.commit();
      await writer.maintain();
    }
  }
}

async function measure(name: string, firstRound: number, endRound: number): Promise<void> {
  const cpu = process.cpuUsage();
  for (let round = firstRound; round < endRound; round++) await write(round);
  writer.commit();
  const { user, system } = process.cpuUsage(cpu);
  const nsPerSample = ((user + system) * 1000) / ((endRound - firstRound) * SERIES);
  process.stdout.write(`${name} ${nsPerSample.toFixed(1)} ns/op ${writer.statistics.samplesAppended}\n`);
}

await measure('append and commit, new series', 0, 1);
await measure('append and commit, known series', 1, ROUNDS >> 1);
await measure('append, commit and flush, known series', ROUNDS >> 1, ROUNDS);
await writer.close();
rmSync(directory, { recursive: true });
