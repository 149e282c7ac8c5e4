import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { PromontoryError } from '@promontory/base';
import { encodeLabelBytes, LabelFingerprint, Labels, SampleBatch, walkLabelBytes } from '@promontory/model';
import { TsdbReader, TsdbWriter } from '@promontory/tsdb/threads';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { JobTable, NOTHING_WRITTEN } from './job-table.ts';
import { allocatePipeline, PipelineControl, type PipelineMemory } from './pipeline-memory.ts';
import { EMPTY, SharedRing } from './shared-ring.ts';
import { StorageFigures } from './storage-figures.ts';
import { type MaintenanceFailure, StorageStage } from './storage-stage.ts';

const NOW_MS = Date.now();
const LOG_BYTES_MAX = 1000;
const SAMPLES_A_JOB = 100;

let directory = '';
let memory: PipelineMemory;
let writer: TsdbWriter;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'storage-stage-'));
  memory = allocatePipeline(new SharedArrayBuffer(1 << 20), { decodeThreads: 1, decodedBytesMax: 1 << 14 });
  const limits = { logBytesMax: LOG_BYTES_MAX, seriesMax: 1 << 20, headBytesMax: 1 << 26 };
  writer = new TsdbWriter({ directory, limits });
  admin = new MessageChannel();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await writer.close();
  admin.port1.close();
  await rm(directory, { recursive: true });
});

let admin = new MessageChannel();

function newStage(onFailure: (failure: MaintenanceFailure) => void = () => undefined): StorageStage {
  const options = {
    memory,
    figures: StorageFigures.allocate(),
    tablePorts: [],
    adminPort: admin.port2,
  };
  return new StorageStage(writer, options, onFailure);
}

/** Fills a batch with samples of one series, as the decode stage does. */
function fill(batch: SampleBatch, fromMs: number, sampleCount: number): void {
  const labels = encodeLabelBytes(Labels.fromObject({ __name__: 'x' }));
  const fingerprint = new LabelFingerprint(writer.fingerprintKey);
  const view = new DataView(labels.buffer, labels.byteOffset, labels.byteLength);
  walkLabelBytes(labels, 0, labels.length, ({ messageStart, valueEnd }) =>
    fingerprint.add(view, messageStart, valueEnd),
  );
  const { lane0, lane1, lane2 } = fingerprint;
  batch.clear();
  const known = writer.fingerprintTable.find(lane0, lane1, lane2);
  const ref = known === 0 ? batch.addNewSeries(lane0, lane1, lane2, labels) : known;
  for (let index = 0; index < sampleCount; index++) {
    batch.ref[index] = ref;
    batch.timestampMs[index] = fromMs + index;
  }
  batch.sampleCount = sampleCount;
  batch.publish();
}

/** Both ends of the stage, and a writer that stores whatever it is given. */
function feedAndAppend(): { decoded: SharedRing; completed: SharedRing; jobs: JobTable } {
  vi.spyOn(writer, 'append').mockImplementation(() => {
    new SharedRing(memory.freeBatches).pop();
    return { ...NOTHING_WRITTEN, samples: 1 };
  });
  return {
    decoded: new SharedRing(memory.decoded),
    completed: new SharedRing(memory.completed),
    jobs: new JobTable(memory.jobs, memory.slab),
  };
}

describe('StorageStage', () => {
  it('sleeps while a query holds the memory that a flush needs', async () => {
    const decoded = new SharedRing(memory.decoded);
    const jobs = new JobTable(memory.jobs, memory.slab);
    const batches = memory.batches.map((each) => new SampleBatch(each));
    const reader = new TsdbReader({ directory, memory: writer.memory, ownerId: 1 });
    let set: ReturnType<TsdbReader['select']> | null = null;
    let [fed, sleeps, turns] = [0, 0, 0];
    vi.spyOn(SharedRing.prototype, 'sleep').mockImplementation(() => {
      if (fed === batches.length) {
        sleeps++;
        return;
      }
      set ??=
        fed === 0
          ? null
          : reader.select({ matchers: [], rangeStartMsInclusive: 0, rangeEndMsInclusive: 2e15 });
      const batch = batches[fed];
      if (batch === undefined) return;
      fill(batch, NOW_MS - 1e6 + fed * SAMPLES_A_JOB, SAMPLES_A_JOB);
      jobs.begin(fed, 'remote-write-1', 0, 0);
      jobs.setDecoded(fed, fed);
      decoded.push(fed++);
    });
    const maintain = writer.maintain.bind(writer);
    vi.spyOn(writer, 'maintain').mockImplementation(() => {
      if (++turns === 400) new PipelineControl(memory).stop();
      return maintain();
    });
    const close = writer.close.bind(writer);
    vi.spyOn(writer, 'close').mockImplementation(async () => {
      set?.close();
      await reader.close();
      await close();
    });
    await newStage().run();
    expect(fed).toBe(batches.length);
    expect(sleeps).toBeGreaterThan(300);
  });

  it('answers more jobs than a commit takes before it sleeps', async () => {
    const jobCount = 600;
    const decoded = new SharedRing(memory.decoded);
    const completed = new SharedRing(memory.completed);
    const jobs = new JobTable(memory.jobs, memory.slab);
    for (let job = 0; job < jobCount; job++) {
      jobs.begin(job, 'remote-write-1', 0, 0);
      decoded.push(job);
    }
    const freeBatches = new SharedRing(memory.freeBatches);
    vi.spyOn(writer, 'append').mockImplementation(() => {
      freeBatches.pop();
      return { ...NOTHING_WRITTEN, samples: 1 };
    });
    let answered = 0;
    vi.spyOn(SharedRing.prototype, 'sleep').mockImplementation(() => {
      while (completed.pop() !== EMPTY) answered++;
      new PipelineControl(memory).stop();
      decoded.wake();
    });
    vi.spyOn(writer, 'maintain').mockResolvedValue(false);
    const commit = vi.spyOn(writer, 'commit');
    await newStage().run();
    expect(answered).toBe(jobCount);
    expect(commit.mock.calls.length).toBeGreaterThanOrEqual(3);
  });

  it('commits and answers while a step of background work waits for the disk', async () => {
    const { decoded, completed, jobs } = feedAndAppend();
    const { promise: synced, resolve: sync } = Promise.withResolvers<boolean>();
    const maintain = vi.spyOn(writer, 'maintain').mockReturnValue(synced);
    const closed = vi.spyOn(writer, 'close');
    const running = newStage().run();
    for (let job = 0; job < 3; job++) {
      jobs.begin(job, 'remote-write-1', 0, 0);
      decoded.push(job);
      await vi.waitFor(() => expect(completed.pop()).toBe(job));
    }
    expect(maintain).toHaveBeenCalledTimes(1);
    new PipelineControl(memory).stop();
    decoded.wake();
    await new Promise(setImmediate);
    expect(closed).not.toHaveBeenCalled();
    sync(false);
    await running;
  });

  it('commits while it does what an administrator asked for, and does not sleep over it', async () => {
    const { decoded, completed, jobs } = feedAndAppend();
    const { promise: cleaned, resolve: clean } = Promise.withResolvers<void>();
    vi.spyOn(writer, 'cleanTombstones').mockReturnValue(cleaned);
    vi.spyOn(writer, 'maintain').mockResolvedValue(false);
    const sleep = vi.spyOn(SharedRing.prototype, 'sleep').mockImplementation(() => undefined);
    admin.port1.postMessage({ callId: 7, request: { what: 'clean' } });
    const answered = once(admin.port1, 'message');
    const running = newStage().run();
    for (let job = 0; job < 3; job++) {
      jobs.begin(job, 'remote-write-1', 0, 0);
      decoded.push(job);
      await vi.waitFor(() => expect(completed.pop()).toBe(job));
    }
    expect(sleep).not.toHaveBeenCalled();
    clean();
    expect(await answered).toEqual([{ callId: 7, failure: null, counts: null }]);
    new PipelineControl(memory).stop();
    await running;
  });

  it('answers administrators whose work the end cuts short', async () => {
    vi.spyOn(SharedRing.prototype, 'sleep').mockImplementation(() => undefined);
    const clean = writer.cleanTombstones.bind(writer);
    vi.spyOn(writer, 'cleanTombstones').mockImplementation(async () => {
      new PipelineControl(memory).stop();
      await vi.waitFor(() => expect(close).toHaveBeenCalled());
      await clean();
    });
    const close = vi.spyOn(writer, 'close');
    admin.port1.postMessage({ callId: 8, request: { what: 'clean' } });
    const answered = once(admin.port1, 'message');
    await newStage().run();
    const failure = expect.objectContaining({ code: 'ERR_STORE_CLOSED', kind: 'unavailable' }) as object;
    expect(await answered).toEqual([{ callId: 8, failure, counts: null }]);
  });

  it('goes on with background work that ends while the event loop turns', async () => {
    let steps = 0;
    vi.spyOn(writer, 'maintain').mockImplementation(async () => {
      if (++steps === 64) new PipelineControl(memory).stop();
      // One turn longer than the stage waits for it, but for the turns of the loop itself now and then.
      for (let turn = 0; turn < 2; turn++) await new Promise(setImmediate);
      return true;
    });
    const sleep = vi.spyOn(SharedRing.prototype, 'sleep').mockImplementation(() => undefined);
    await newStage().run();
    expect(sleep).not.toHaveBeenCalled();
  });

  it('says why background work fails, once until it goes on or fails otherwise', async () => {
    const outcomes = ['full', 'full', '', 'full', 'broken', 'broken'];
    vi.spyOn(SharedRing.prototype, 'sleep').mockImplementation(() => undefined);
    vi.spyOn(writer, 'maintain').mockImplementation(async () => {
      const outcome = outcomes.shift() ?? '';
      if (outcomes.length === 0) new PipelineControl(memory).stop();
      if (outcome === '') return Promise.resolve(false);
      throw new PromontoryError(outcome, { code: 'ERR_DISK_FULL', kind: 'unavailable' });
    });
    const failures: MaintenanceFailure[] = [];
    await newStage((failure) => failures.push(failure)).run();
    expect(failures).toEqual(
      ['full', 'full', 'broken'].map((message) => ({ code: 'ERR_DISK_FULL', message })),
    );
  });
});
