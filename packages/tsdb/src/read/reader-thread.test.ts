/** What a thread that ends while it reads costs: nothing, once what it had pinned is given back. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { ManualClock } from '@promontory/base';
import {
  allocateSampleBatch,
  encodeLabelBytes,
  Labels,
  RejectionTally,
  SampleBatch,
} from '@promontory/model';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { GenerationsReader, READERS_MAX } from '../head/generations.ts';
import { releaseReaders, TsdbWriter } from '../threads.ts';

const NOW_MS = 1_763_700_000_000;
const OWNER = 7;
const COMMITS = 40;
const EXEMPLARS_PER_COMMIT = 50;
const WORKER = new URL('./reader-thread-test-worker.ts', import.meta.url);

let directory = '';
let writer: TsdbWriter;
let clock: ManualClock;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'promontory-reader-thread-'));
  const limits = { exemplarsMax: 200, headBytesMax: 1 << 24 };
  clock = new ManualClock(NOW_MS);
  writer = new TsdbWriter({ directory, clock, limits });
  appendSample();
});

afterEach(async () => {
  await writer.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Of one series, whose ref is 1. */
function appendSample(): void {
  const batch = new SampleBatch(allocateSampleBatch({ samplesMax: 1, labelBytesMax: 1000 }));
  batch.ref[0] = batch.addNewSeries(1, 2, 3, encodeLabelBytes(Labels.fromObject({ __name__: 'up' })));
  batch.timestampMs[0] = clock.nowMs();
  batch.sampleCount = 1;
  expect(writer.append(batch, new RejectionTally()).samples).toBe(1);
  writer.commit();
}

/** Replaces all exemplars several times. @returns the length of main's data file then */
async function rewriteMain(): Promise<number> {
  const bounds = { samplesMax: EXEMPLARS_PER_COMMIT, labelBytesMax: 10_000 };
  const batch = new SampleBatch(allocateSampleBatch(bounds));
  for (let commit = 0; commit < COMMITS; commit++) {
    clock.advance(1000);
    batch.clear();
    for (let index = 0; index < EXEMPLARS_PER_COMMIT; index++) {
      const labels = Labels.fromObject({ trace_id: `${index}`.repeat(30) });
      batch.extras.tryAddExemplar(1, clock.nowMs() + index, index, encodeLabelBytes(labels));
    }
    expect(writer.append(batch, new RejectionTally()).exemplars).toBe(EXEMPLARS_PER_COMMIT);
    writer.commit();
    // LMDB's binding lets go of its snapshots in a timer.
    await sleep(1);
  }
  return statSync(join(directory, 'main', 'data.mdb')).size;
}

type Ending = 'throws' | 'exits' | 'is terminated';

/** @returns what ends it */
async function startReading(ending: Ending): Promise<() => Promise<void>> {
  const isToEnd = new Int32Array(new SharedArrayBuffer(4));
  const workerData = { directory, memory: writer.memory, ownerId: OWNER, ending, isToEnd };
  const worker = new Worker(WORKER, { workerData });
  worker.on('error', () => undefined);
  await once(worker, 'message');
  return async () => {
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    Atomics.store(isToEnd, 0, 1);
    if (ending === 'is terminated') {
      // Not in a call of LMDB's binding, which would end the process.
      await sleep(300);
      await worker.terminate();
    }
    await ended;
    releaseReaders(writer.memory, OWNER);
  };
}

const ENDINGS: readonly Ending[] = ['throws', 'exits', 'is terminated'];

it.each(ENDINGS)('the disk grows no more once a thread that read is released: it %s', async (ending) => {
  await rewriteMain();
  const before = await rewriteMain();
  const sizes: number[] = [];
  for (let round = 0; round < 3; round++) {
    const end = await startReading(ending);
    sizes.push(await rewriteMain());
    await end();
  }
  const [first = 0] = sizes;
  expect(first).toBeGreaterThan(2 * before);
  // What the first one pinned is used again, by the next one and after the last.
  expect(Math.max(...sizes, await rewriteMain(), await rewriteMain())).toBeLessThan(1.2 * first);
});

it.each(ENDINGS)('head memory that a thread pinned is free once it is released: it %s', async (ending) => {
  const end = await startReading(ending);
  const flush = async (): Promise<void> => {
    appendSample();
    await writer.flush();
  };
  const flushed = writer.statistics.blocksWritten;
  for (let generation = 0; generation < 3; generation++) {
    clock.advance(1000);
    await flush().catch(() => undefined);
  }
  await end();
  for (let generation = 0; generation < 5; generation++) {
    clock.advance(1000);
    await flush();
  }
  expect(writer.statistics.blocksWritten).toBeGreaterThan(flushed + 5);
});

it('the slot of a thread that died goes to others', () => {
  const claim = (): void => {
    new GenerationsReader(writer.memory, OWNER).pin();
  };
  for (let round = 0; round < READERS_MAX; round++) claim();
  expect(claim).toThrow('more readers than slots');
  releaseReaders(writer.memory, OWNER);
  expect(claim).not.toThrow();
});
