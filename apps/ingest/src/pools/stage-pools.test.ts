/** The write path from body to disk, in process: real decode and storage threads on a temporary directory. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { assert } from '@promontory/base';
import type { TsdbLimits } from '@promontory/tsdb';
import { compress, DEFAULT_SERIES_LABEL_LIMITS, encodeWriteRequest, type WireSeries } from '@promontory/wire';
import type { JobOutcome } from '../pipeline/job-table.ts';
import { StorageFigures } from '../pipeline/storage-figures.ts';
import type { MaintenanceFailure } from '../pipeline/storage-stage.ts';
import { WritePipeline } from '../pipeline/write-pipeline.ts';
import { StagePools } from './stage-pools.ts';

const DECODED_BYTES_MAX = 8 * 1024 * 1024;
const DECODE_THREADS = 2;

class WritePath {
  readonly pipeline: WritePipeline;
  readonly figures: StorageFigures;
  readonly stages: StagePools;
  readonly #watching: Promise<void>;

  static async open(limits: Partial<TsdbLimits> = {}): Promise<WritePath> {
    const pipeline = new WritePipeline({
      bytesInFlightMax: 4 * 1024 * 1024,
      decodeThreads: DECODE_THREADS,
      decodedBytesMax: DECODED_BYTES_MAX,
    });
    const figures = StorageFigures.allocate();
    const stages = await StagePools.start({
      execArgv: null,
      directory,
      tsdbLimits: { seriesMax: 1 << 20, headBytesMax: 1 << 28, ...limits },
      labelLimits: DEFAULT_SERIES_LABEL_LIMITS,
      decodedBytesMax: DECODED_BYTES_MAX,
      decodeThreads: DECODE_THREADS,
      memory: pipeline.memory,
      figures,
      onDamage: () => undefined,
      onMaintenanceFailure: (failure) => failures.push(failure),
    });
    return new WritePath(pipeline, stages, new StorageFigures(figures));
  }

  private constructor(pipeline: WritePipeline, stages: StagePools, figures: StorageFigures) {
    this.pipeline = pipeline;
    this.stages = stages;
    this.figures = figures;
    this.#watching = pipeline.watch();
  }

  /** @returns null when there is no room */
  trySubmit(body: Uint8Array): Promise<JobOutcome> | null {
    const incoming = this.pipeline.tryBegin(body.length);
    if (incoming === null) return null;
    assert(incoming.tryAppend(body), 'a body of the declared length fits');
    return new Promise((resolve) => {
      incoming.submit('remote-write-1', resolve);
    });
  }

  submit(body: Uint8Array): Promise<JobOutcome> {
    const answer = this.trySubmit(body);
    assert(answer !== null, 'there is room for a body');
    return answer;
  }

  async close(): Promise<void> {
    this.pipeline.stop();
    await this.stages.ended;
    this.pipeline.finish();
    await this.#watching;
    await this.stages.destroy();
  }
}

let directory = '';
let path: WritePath;
let failures: MaintenanceFailure[];
const nowMs = Date.now();

beforeEach(async () => {
  failures = [];
  directory = await mkdtemp(join(tmpdir(), 'promontory-stages-'));
  path = await WritePath.open();
});

afterEach(async () => {
  const { jobsInFlight, bytesInFlight } = path.pipeline;
  await path.close();
  await rm(directory, { recursive: true });
  assert(jobsInFlight === 0 && bytesInFlight === 0, 'everything is given back', {
    jobsInFlight,
    bytesInFlight,
  });
});

function series(labels: Record<string, string>, timestampsMs: readonly number[], value = 1): WireSeries {
  return {
    labels: Object.entries(labels).map(([name, text]) => ({ name, value: text })),
    timestampMs: Float64Array.from(timestampsMs),
    value: new Float64Array(timestampsMs.length).fill(value),
    exemplars: [],
    histograms: [],
  };
}

function bodyOf(...all: readonly WireSeries[]): Uint8Array {
  return compress(encodeWriteRequest({ series: all, metadata: [] }));
}

const WRITTEN = { rejections: [], failure: null };

it('writes what is valid, answers what is not, and gives all memory back', async () => {
  const good = series({ __name__: 'good' }, [nowMs - 1, nowMs]);
  const bad = series({ job: 'nameless' }, [nowMs]);
  const [written, partial, broken] = await Promise.all([
    path.submit(bodyOf(good)),
    path.submit(bodyOf(bad, series({ __name__: 'other' }, [nowMs]))),
    path.submit(Buffer.from('not snappy')),
  ]);
  expect(written).toMatchObject({ ...WRITTEN, written: { samples: 2 } });
  expect(partial).toMatchObject({
    written: { samples: 1 },
    failure: null,
    rejections: [{ code: 'ERR_SERIES_METRIC_NAME_MISSING', count: 1 }],
  });
  expect(broken).toMatchObject({
    written: { samples: 0 },
    failure: { code: 'ERR_SNAPPY_INVALID', kind: 'bad-data' },
  });
  expect(path.figures.read()).toMatchObject({ samplesAppended: 3, series: 2, isMaintenanceFailing: false });
});

it('knows a series that several decoders meet first at the same time as one', async () => {
  const rounds = 60;
  const names = Array.from({ length: 50 }, (_, index) => `race_${index}`);
  const answers = Array.from({ length: rounds }, (_, round) =>
    path.submit(bodyOf(...names.map((name) => series({ __name__: name, job: 'x' }, [nowMs - round * 10])))),
  );
  for (const answer of await Promise.all(answers)) {
    expect(answer).toMatchObject({ ...WRITTEN, written: { samples: names.length } });
  }
  expect(path.figures.read()).toMatchObject({ samplesAppended: rounds * names.length, series: names.length });
});

it('finds series again after the table of fingerprints has grown, in every decoder', async () => {
  const perBody = 2000;
  const bodies = 60;
  const bodyAt = (index: number, timestampMs: number): Uint8Array =>
    bodyOf(
      ...Array.from({ length: perBody }, (_, at) =>
        series({ __name__: 'grown', id: `${index}-${at}` }, [timestampMs]),
      ),
    );
  for (const timestampMs of [nowMs - 1, nowMs]) {
    for (let from = 0; from < bodies; from += 4) {
      const group = [from, from + 1, from + 2, from + 3].map((index) =>
        path.submit(bodyAt(index, timestampMs)),
      );
      for (const answer of await Promise.all(group)) {
        expect(answer).toMatchObject({ ...WRITTEN, written: { samples: perBody } });
      }
    }
  }
  expect(path.figures.read()).toMatchObject({
    series: perBody * bodies,
    samplesAppended: 2 * perBody * bodies,
    samplesDuplicate: 0,
  });
});

it('refuses bodies beyond its memory at once, and takes them when there is room', async () => {
  const held = [];
  for (let body = path.pipeline.tryBegin(1 << 20); body !== null; body = path.pipeline.tryBegin(1 << 20)) {
    held.push(body);
  }
  expect(held).toHaveLength(4);
  const small = bodyOf(series({ __name__: 'small' }, [nowMs]));
  expect(path.trySubmit(small)).toBeNull();
  for (const body of held) body.discard();
  expect(await path.submit(small)).toMatchObject({ ...WRITTEN, written: { samples: 1 } });
});

it('takes a body in pieces of which it did not know the length', async () => {
  const many = Array.from({ length: 6000 }, (_, index) =>
    series({ __name__: 'piece', id: `${index * 7919}` }, [nowMs], Math.sin(index)),
  );
  const body = bodyOf(...many);
  expect(body.length).toBeGreaterThan(64 * 1024);
  const incoming = path.pipeline.tryBegin(1);
  expect(incoming).not.toBeNull();
  for (let at = 0; at < body.length; at += 1000) {
    expect(incoming?.tryAppend(body.subarray(at, at + 1000))).toBe(true);
  }
  const outcome = await new Promise((resolve) => {
    incoming?.submit('remote-write-1', resolve);
  });
  expect(outcome).toMatchObject({ ...WRITTEN, written: { samples: many.length } });
});

it('answers what was submitted before the stop, and has it after a restart', async () => {
  const answers = Array.from({ length: 40 }, (_, index) =>
    path.submit(bodyOf(series({ __name__: `last_${index}` }, [nowMs]))),
  );
  await Promise.all(answers);
  await path.close();
  path = await WritePath.open();
  expect(path.stages.seriesCount).toBe(40);
  const again = await Promise.all(
    Array.from({ length: 40 }, (_, index) =>
      path.submit(bodyOf(series({ __name__: `last_${index}` }, [nowMs]))),
    ),
  );
  expect(again.every(({ written }) => written.samples === 1)).toBe(true);
  expect(path.figures.read()).toMatchObject({ samplesAppended: 0, samplesDuplicate: 40 });
});

it('says why background work fails', async () => {
  await path.close();
  path = await WritePath.open({ logBytesMax: 1 });
  await writeFile(join(directory, 'blocks'), 'no folder');
  expect(await path.submit(bodyOf(series({ __name__: 'up' }, [nowMs])))).toMatchObject(WRITTEN);
  await vi.waitFor(() => expect(failures).toMatchObject([{ code: 'ERR_STORE_WRITE' }]), { timeout: 5000 });
  expect(failures[0]?.message).toContain('cannot make block 1');
});

it('says why a database cannot be opened', async () => {
  await path.close();
  const place = directory;
  directory = '/dev/null/nowhere';
  await expect(WritePath.open()).rejects.toMatchObject({
    name: 'PromontoryError',
    message: expect.stringContaining('/dev/null') as string,
  });
  directory = place;
  path = await WritePath.open();
});
