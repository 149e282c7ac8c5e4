/**
 * A writer whose commits and reads fail at random, beside a model of what it has to answer: what failed leaves nothing
 * behind, what was taken is shown with the next commit that succeeds and not before, and the files, copied at any time
 * as a crash would leave them, open with exactly what was committed. PROMONTORY_FUZZ_SEED makes it walk elsewhere.
 */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { inspect, isDeepStrictEqual } from 'node:util';
import { errorCode, ManualClock, PromontoryError, SeededRandom } from '@promontory/base';
import {
  allocateSampleBatch,
  encodeHistogram,
  encodeLabelBytes,
  LabelFingerprint,
  Labels,
  Matcher,
  reduceToStoredSchema,
  RejectionTally,
  SampleBatch,
  walkLabelBytes,
} from '@promontory/model';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { BlockReader } from '../block/block-reader.ts';
import { randomFloatWords, randomHistogram } from '../model-fuzz/random-writes.ts';
import { floatText, histogramText, readSelected } from '../model-fuzz/stored-contents.ts';
import { openTsdb, type Tsdb } from '../open-tsdb.ts';
import { LmdbEnvironment } from '../store/lmdb-environment.ts';
import { TsdbReader } from '../tsdb-reader.ts';
import { TsdbWriter } from '../tsdb-writer.ts';
import { comparable, type ModelSample, WriteModel } from './write-model.ts';

const SEED = Number(process.env['PROMONTORY_FUZZ_SEED'] ?? 20_261_121);
const WALKS = 2;
const STEPS = 200;
const NOW_MS = 1_763_700_000_000;
const WINDOW_MS = 60;
const FAILURE_CODES = ['ERR_STORE_READ', 'ERR_STORE_WRITE', 'ERR_HEAD_FULL'];
const LIMITS = {
  headBytesMax: 1 << 20,
  outOfOrderWindowMs: WINDOW_MS,
  logBytesMax: 30_000,
  waitingSeriesMax: 3,
  seriesIdleMs: 5000,
  generationAgeMsMax: 100_000,
};
const SERIES = Array.from({ length: 100 }, (_, index) =>
  Labels.fromObject({ __name__: 'm', index: `${index}` }),
);

let directory = '';
/** Of a hundred. */
let failing = { writes: 0, reads: 0 };

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tsdb-failing-writes-'));
});

afterEach(async () => {
  vi.restoreAllMocks();
  await rm(directory, { recursive: true });
});

function failAtRandom(random: SeededRandom): void {
  // oxlint-disable-next-line typescript/unbound-method -- called with its environment below
  const { writeDurably } = LmdbEnvironment.prototype;
  vi.spyOn(LmdbEnvironment.prototype, 'writeDurably').mockImplementation(function (
    this: LmdbEnvironment,
    action,
  ) {
    if (random.nextInt(100) < failing.writes) throw failure('ERR_STORE_WRITE');
    return writeDurably.call(this, action);
  });
  // oxlint-disable-next-line typescript/unbound-method -- called with its reader below
  const { read } = BlockReader.prototype;
  vi.spyOn(BlockReader.prototype, 'read').mockImplementation(function (this: BlockReader, ...range) {
    if (random.nextInt(100) < failing.reads) throw failure('ERR_STORE_READ');
    return read.apply(this, range);
  });
}

function failure(code: string): PromontoryError {
  return new PromontoryError('fails at random', { code, kind: 'unavailable' });
}

class Walk {
  readonly failures = new Map<string, number>();
  readonly #random: SeededRandom;
  readonly #clock = new ManualClock(NOW_MS);
  readonly #path: string;
  readonly #model = new WriteModel(WINDOW_MS);
  #writer: TsdbWriter;
  #reader: TsdbReader;
  /** Of the series that are written now. */
  #firstSeries = 0;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
    this.#path = join(directory, `${seed}`);
    [this.#writer, this.#reader] = this.#open();
  }

  async step(): Promise<void> {
    const random = this.#random;
    this.#clock.advance(random.nextInt(40) === 0 ? 120_000 : random.nextInt(20));
    if (random.nextInt(20) === 0) this.#firstSeries = random.nextInt(SERIES.length);
    failing = {
      writes: random.nextInt(4) === 0 ? 50 : 0,
      reads: random.nextInt(6) === 0 ? 40 : 0,
    };
    await this.#act(random.nextInt(18));
    failing = { writes: 0, reads: 0 };
    if (random.nextInt(4) === 0) this.#mustShow(this.#reader, 'reader');
  }

  async close(): Promise<void> {
    await this.#reader.close();
    await this.#writer.close();
  }

  async #act(action: number): Promise<void> {
    if (action < 6) for (let count = this.#random.nextInt(4); count >= 0; count--) this.#append();
    else if (action < 10) await this.#try(() => this.#writer.commit());
    else if (action < 12) await this.#try(() => this.#writer.maintain());
    else if (action < 14) await this.#workBeside();
    else if (action < 16) await this.#delete();
    else if (action === 16) await this.#openCopy();
    else await this.#reopen();
  }

  #open(): [TsdbWriter, TsdbReader] {
    const writer = new TsdbWriter({ directory: this.#path, clock: this.#clock, limits: LIMITS });
    mustEqual('damages', writer.damages, []);
    const { memory } = writer;
    return [writer, new TsdbReader({ directory: this.#path, memory, ownerId: 1, clock: this.#clock })];
  }

  /** The batch is taken as the model says, or it fails and the model does not see it. */
  #append(): void {
    const batch = new SampleBatch(allocateSampleBatch({ samplesMax: 1 << 13, labelBytesMax: 1 << 16 }));
    const samples = this.#fill(batch);
    const tally = new RejectionTally();
    const { commits } = this.#writer.statistics;
    let samplesWritten: number;
    try {
      samplesWritten = this.#writer.append(batch, tally).samples;
    } catch (error) {
      this.#note(error);
      return;
    } finally {
      this.#noteCommits(commits);
    }
    const rejections = new Map(tally.toArray().map(({ code, count }) => [code, count]));
    mustEqual('answer', { samplesWritten, rejections }, this.#model.append(samples));
  }

  #fill(batch: SampleBatch): ModelSample[] {
    const random = this.#random;
    const isLarge = random.nextInt(12) === 0;
    const seriesCount = isLarge ? SERIES.length : 4;
    const refs = new Map<number, number>();
    return Array.from({ length: 1 + random.nextInt(isLarge ? 2000 : 12) }, () => {
      const index = (this.#firstSeries + random.nextInt(seriesCount)) % SERIES.length;
      const ref = refs.get(index) ?? this.#addSeries(batch, index);
      refs.set(index, ref);
      const timestampMs = this.#clock.nowMs() - random.nextInt(isLarge ? WINDOW_MS : 90);
      const value =
        isLarge || random.nextInt(5) > 0
          ? addFloat(batch, ref, timestampMs, random)
          : addHistogram(batch, ref, timestampMs, random);
      return { series: String(SERIES[index]), timestampMs, value };
    });
  }

  #addSeries(batch: SampleBatch, index: number): number {
    const bytes = encodeLabelBytes(SERIES[index]!);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const fingerprint = new LabelFingerprint(this.#writer.fingerprintKey);
    fingerprint.reset();
    walkLabelBytes(bytes, 0, bytes.length, ({ messageStart, valueEnd }) =>
      fingerprint.add(view, messageStart, valueEnd),
    );
    return batch.addNewSeries(fingerprint.lane0, fingerprint.lane1, fingerprint.lane2, bytes);
  }

  async #workBeside(): Promise<void> {
    const isFlush = this.#random.nextInt(2) === 0;
    const work = this.#try<unknown>(() => (isFlush ? this.#writer.flush() : this.#writer.maintain()));
    for (let round = 0; round < 4; round++) {
      this.#append();
      if (this.#random.nextInt(2) === 0) await this.#try(() => this.#writer.commit());
      await nextTurn();
    }
    await work;
    failing.writes = 0;
    this.#writer.commit();
    this.#model.commit();
  }

  async #delete(): Promise<void> {
    failing.reads = 0;
    const random = this.#random;
    const index = (this.#firstSeries + random.nextInt(4)) % SERIES.length;
    const startMs = this.#clock.nowMs() - random.nextInt(200);
    const endMs = startMs + random.nextInt(100);
    const result = await this.#try(() =>
      this.#writer.deleteSamples({
        matcherSets: [[new Matcher('=', 'index', `${index}`)]],
        rangeStartMsInclusive: startMs,
        rangeEndMsInclusive: endMs,
      }),
    );
    if (result === null) return;
    this.#model.commit();
    this.#model.delete(String(SERIES[index]), startMs, endMs);
  }

  /** As a crash would leave the files now. */
  async #openCopy(): Promise<void> {
    failing = { writes: 0, reads: 0 };
    const copy = `${this.#path}-copy`;
    await cp(this.#path, copy, { recursive: true });
    const tsdb = await openTsdb({ directory: copy, clock: this.#clock, limits: LIMITS });
    this.#mustShow(tsdb, 'copy');
    mustEqual('damages of the copy', tsdb.damages, []);
    await tsdb.close();
    await rm(copy, { recursive: true });
  }

  async #reopen(): Promise<void> {
    failing = { writes: 0, reads: 0 };
    await this.close();
    this.#model.commit();
    [this.#writer, this.#reader] = this.#open();
  }

  /** @returns null when it failed, with a code that a failure may have */
  async #try<T>(action: () => T | Promise<T>): Promise<T | null> {
    const { commits } = this.#writer.statistics;
    try {
      return await action();
    } catch (error) {
      this.#note(error);
      return null;
    } finally {
      this.#noteCommits(commits);
    }
  }

  #noteCommits(before: number): void {
    if (this.#writer.statistics.commits > before) this.#model.commit();
  }

  #note(error: unknown): void {
    const code = errorCode(error) ?? '';
    if (!FAILURE_CODES.includes(code)) throw error;
    this.failures.set(code, (this.failures.get(code) ?? 0) + 1);
  }

  #mustShow(source: Pick<Tsdb, 'select'> | TsdbReader, what: string): void {
    const selected = Array.from(readSelected(source as Tsdb, []), ([series, samples]) => {
      const values = Array.from(samples, ([time, { value }]): [number, string] => [time, value]);
      return [series, new Map(values)] as const;
    });
    const [shown, committed] = [comparable(new Map(selected)), this.#model.committed()];
    mustEqual(`series of the ${what}`, new Set(shown.keys()), new Set(committed.keys()));
    for (const [series, samples] of committed)
      mustEqual(`${series} of the ${what}`, shown.get(series), samples);
  }
}

/** Quicker than `expect`, for much that is equal. */
function mustEqual(what: string, got: unknown, want: unknown): void {
  if (!isDeepStrictEqual(got, want)) throw new Error(`${what}: got ${inspect(got)}, want ${inspect(want)}`);
}

/** @returns its text */
function addFloat(batch: SampleBatch, ref: number, timestampMs: number, random: SeededRandom): string {
  const words = randomFloatWords(random);
  if (batch.sampleCount === batch.samplesCapacity) mustEqual('room', batch.tryGrowSamples(), true);
  const index = batch.sampleCount++;
  batch.ref[index] = ref;
  batch.timestampMs[index] = timestampMs;
  batch.valueWords.set(words, 2 * index);
  return floatText(...words);
}

/** @returns its text */
function addHistogram(batch: SampleBatch, ref: number, timestampMs: number, random: SeededRandom): string {
  const histogram = randomHistogram(random);
  const bytes = encodeHistogram(reduceToStoredSchema(histogram));
  mustEqual('room', batch.tryAddHistogram(ref, timestampMs, 0, bytes), true);
  return histogramText(histogram);
}

it(`what fails leaves nothing behind (seed ${SEED})`, { timeout: 120_000 }, async () => {
  const failures = new Set<string>();
  for (let seed = SEED; seed < SEED + WALKS; seed++) {
    failAtRandom(new SeededRandom(seed));
    const walk = new Walk(seed);
    try {
      for (let step = 0; step < STEPS; step++) await walk.step();
    } catch (cause) {
      throw new Error(`seed ${seed}`, { cause });
    } finally {
      await walk.close();
      vi.restoreAllMocks();
    }
    for (const code of walk.failures.keys()) failures.add(code);
  }
  expect([...failures].toSorted()).toEqual(expect.arrayContaining(['ERR_STORE_READ', 'ERR_STORE_WRITE']));
});
