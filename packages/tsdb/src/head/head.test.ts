import { constants } from 'node:buffer';
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { assert, SeededRandom } from '@promontory/base';
import {
  bucketsOf,
  emptyBuckets,
  encodeHistogram,
  type NativeHistogram,
  SampleColumns,
} from '@promontory/model';
import { describe, expect, it } from 'vitest';
import {
  allocateHeadMemory,
  appendBytesMax,
  HEADER_FIRST_BLOCK,
  HEADER_TAIL,
  HEADER_WORDS,
  type HeadMemory,
  PAGE_BYTES,
  PAGE_WORDS,
} from './head-memory.ts';
import { HeadReader } from './head-reader.ts';
import { APPENDED, ARENA_FULL, HeadWriter, NOT_NEWEST } from './head-writer.ts';

const SEED = Number(process.env['PROMONTORY_FUZZ_SEED'] ?? 20_261_121);
const EVER = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const;
const REF_END = 1000;

function histogramOf(sum: number, buckets = 1): NativeHistogram {
  const indexes = Array.from({ length: buckets }, (_, index) => index);
  return {
    isInteger: true,
    counterResetHint: 'gauge',
    schema: 3,
    zeroThreshold: 0,
    zeroCount: 0,
    count: buckets,
    sum,
    isStale: false,
    positive: bucketsOf(
      indexes,
      indexes.map(() => 1),
    ),
    negative: emptyBuckets(),
    customValues: new Float64Array(0),
  };
}

/** What a series has, as plain maps of time. */
interface Model {
  readonly floats: Map<number, number>;
  readonly histograms: Map<number, NativeHistogram>;
  readonly starts: Map<number, number>;
}

/** Writes to a head and to the model; values are times less refs. */
class ModelledHead {
  readonly writer: HeadWriter;
  readonly models = new Map<number, Model>();
  readonly #time = new Float64Array(1);
  readonly #value = new Float64Array(1);
  readonly #words = new Int32Array(this.#value.buffer);

  constructor(memory: HeadMemory, generation: number) {
    this.writer = new HeadWriter(memory, generation);
    assert(this.writer.tryReserveRef(REF_END), 'refs are within the bound');
  }

  appendRandom(random: SeededRandom, ref: number): number {
    const model = this.models.get(ref) ?? { floats: new Map(), histograms: new Map(), starts: new Map() };
    this.models.set(ref, model);
    const time = random.nextInt(1e6);
    if (model.floats.has(time) || model.histograms.has(time)) return APPENDED;
    const start = random.nextInt(3) === 0 ? time - ref : 0;
    if (random.nextInt(4) === 0) return this.#appendHistogram(model, ref, time, start, random.nextInt(30));
    return this.#appendFloat(model, ref, time, start);
  }

  #appendHistogram(model: Model, ref: number, time: number, start: number, buckets: number): number {
    const histogram = histogramOf(time - ref, buckets);
    const outcome = this.writer.appendHistogram(ref, time, start, encodeHistogram(histogram));
    if (outcome !== APPENDED) return outcome;
    model.histograms.set(time, histogram);
    if (start !== 0) model.starts.set(time, start);
    return outcome;
  }

  #appendFloat(model: Model, ref: number, time: number, start: number): number {
    this.#time[0] = time;
    this.#value[0] = time - ref;
    let outcome = this.writer.append(ref, this.#time, this.#words, 0);
    if (outcome === NOT_NEWEST) outcome = this.writer.appendLate(ref, this.#time, this.#words, 0);
    if (outcome !== APPENDED) return outcome;
    model.floats.set(time, time - ref);
    if (start === 0) return outcome;
    outcome = this.writer.appendStart(ref, time, start);
    if (outcome === APPENDED) model.starts.set(time, start);
    return outcome;
  }
}

function inRange<T>(times: Map<number, T>, startMs: number, endMs: number): Map<number, T> {
  return new Map([...times].filter(([time]) => time >= startMs && time <= endMs));
}

function asMap(columns: SampleColumns): Map<number, number> {
  const map = new Map<number, number>();
  for (let index = 0; index < columns.count; index++)
    map.set(columns.timestampMs[index]!, columns.value[index]!);
  expect(map.size).toBe(columns.count);
  return map;
}

function checkAgainstModel(
  reader: HeadReader,
  model: Model | undefined,
  ref: number,
  range: [number, number],
) {
  const columns = new SampleColumns(1);
  const { floats, histograms, starts } = model ?? {
    floats: new Map<number, number>(),
    histograms: new Map<number, NativeHistogram>(),
    starts: new Map<number, number>(),
  };
  reader.read(ref, ...range, columns);
  expect(asMap(columns)).toEqual(inRange(floats, ...range));
  columns.clear();
  reader.readStartTimestamps(ref, ...range, columns);
  expect(asMap(columns)).toEqual(inRange(starts, ...range));
  const found = reader.readHistograms(ref, ...range);
  expect(new Map(found.map(({ timestampMs, histogram }) => [timestampMs, histogram]))).toEqual(
    inRange(histograms, ...range),
  );
}

const FAR_UNITS = 2 ** 30 + 7;

// Not every version of Node has buffers as large. Only the pages that are written take memory.
it.skipIf(constants.MAX_LENGTH < 16 * 1024 ** 3)('a head generation reaches to the end of 16 GiB', () => {
  const memory = allocateHeadMemory({ refEndMax: 64, arenaBytesMax: 16 * 1024 ** 3 });
  memory.arena.grow(memory.arena.maxByteLength);
  const writer = new HeadWriter(memory, 1);
  assert(writer.tryReserveRef(5), 'the ref is within the bound');
  writer.appendNewest(5, Float64Array.of(10), new Int32Array(2), 0);
  // As if all before it were full: the rest of the block of four is far away.
  const header = new Int32Array(memory.header);
  const base = PAGE_WORDS + 5 * HEADER_WORDS;
  for (const [count, position] of [FAR_UNITS, 2 ** 31 - 20].entries()) {
    header[base + HEADER_TAIL] = position;
    header[base + HEADER_FIRST_BLOCK] = position - 1 - 2 * (count + 1);
    const times = Float64Array.of(20 + count);
    expect(writer.append(5, times, Int32Array.of(count, 7), 0)).toBe(APPENDED);
    const columns = new SampleColumns();
    new HeadReader(memory).read(5, times[0]!, times[0]!, columns);
    expect([columns.count, columns.valueWords[0], columns.valueWords[1]]).toEqual([1, count, 7]);
  }
});

describe('a head generation', () => {
  it(`holds what a plain model holds, over generations in one memory (seed ${SEED})`, () => {
    const random = new SeededRandom(SEED);
    const memory = allocateHeadMemory({ refEndMax: REF_END + 1, arenaBytesMax: 1 << 24 });
    const reader = new HeadReader(memory);
    for (let generation = 1; generation <= 4; generation++) {
      const head = new ModelledHead(memory, generation);
      const refs = Array.from({ length: 12 }, () => 1 + random.nextInt(REF_END - 1));
      for (let round = 0; round < 4000; round++) {
        expect(head.appendRandom(random, refs[random.nextInt(refs.length)]!)).toBe(APPENDED);
        const bounds = [random.nextInt(1e6), random.nextInt(1e6)].toSorted((left, right) => left - right);
        const ref = 1 + random.nextInt(REF_END - 1);
        const range = bounds as [number, number];
        if (round % 500 === 0) checkAgainstModel(reader, head.models.get(ref), ref, range);
      }
      for (const ref of [...refs, 0, 7, REF_END, 1e9]) {
        checkAgainstModel(reader, head.models.get(ref), ref, [...EVER]);
        checkAgainstModel(reader, head.models.get(ref), ref, [250_000, 700_000]);
      }
      const written = [...head.models.keys()].toSorted((left, right) => left - right);
      expect([...head.writer.copySortedRefs()]).toEqual(written);
      expect(head.writer.seriesCount).toBe(written.length);
      head.writer.clear();
      for (const ref of refs) checkAgainstModel(reader, undefined, ref, [...EVER]);
    }
  });

  it(`is read whole by another thread while it is written (seed ${SEED})`, async () => {
    const random = new SeededRandom(SEED);
    const memory = allocateHeadMemory({ refEndMax: REF_END + 1, arenaBytesMax: 1 << 26 });
    const refs = [1, 63, 64, 65, 700];
    const worker = new Worker(new URL('head-test-process.ts', import.meta.url), {
      workerData: { memory, refs },
    });
    await once(worker, 'message');
    const head = new ModelledHead(memory, 1);
    for (let round = 0; round < 60_000; round++) {
      head.appendRandom(random, refs[random.nextInt(refs.length)]!);
      if (round % 5000 === 0) await setImmediate();
    }
    worker.postMessage('end');
    const [result] = (await once(worker, 'message')) as [{ wrong: number; seen: number; rounds: number }];
    let expected = 0;
    for (const { floats, histograms, starts } of head.models.values()) {
      expected += floats.size + histograms.size + starts.size;
    }
    expect(result.seen).toBe(expected);
    expect(result.wrong).toBe(0);
    expect(result.rounds).toBeGreaterThan(1);
  });

  it('takes pages of headers only for refs with samples, however many came and went', () => {
    const memory = allocateHeadMemory({ refEndMax: 2 ** 31, arenaBytesMax: 1 << 26 });
    const times = Float64Array.of(1);
    const words = new Int32Array(2);
    for (let generation = 1; generation <= 200; generation++) {
      const writer = new HeadWriter(memory, generation);
      const first = generation * 10_000;
      expect(writer.tryReserveRef(first + 10_000)).toBe(true);
      for (let ref = first; ref < first + 10_000; ref++) writer.append(ref, times, words, 0);
      expect(writer.pageCount).toBeLessThanOrEqual(10_000 / 64 + 2);
      expect(writer.bytesUsed).toBeLessThanOrEqual(10_000 * 72 + writer.pageCount * PAGE_BYTES + 8);
      writer.clear();
      expect(writer.pageCount).toBe(0);
    }
    expect(memory.arena.byteLength).toBeLessThanOrEqual(1 << 20);
    expect(memory.header.byteLength).toBeLessThanOrEqual(2 * (10_000 / 64 + 3) * PAGE_BYTES);
    expect(memory.refs.byteLength).toBeLessThanOrEqual(2 * 10_000 * 4);
    expect(memory.directory.byteLength).toBeLessThanOrEqual(2 * (2_020_000 / 64) * 4);
  });

  it(`never takes more than was foreseen (seed ${SEED})`, () => {
    const random = new SeededRandom(SEED);
    const memory = allocateHeadMemory({ refEndMax: REF_END + 1, arenaBytesMax: 1 << 26 });
    const head = new ModelledHead(memory, 1);
    for (let batch = 0; batch < 300; batch++) {
      const { bytesUsed, pageCount } = head.writer;
      const samples = 1 + random.nextInt(200);
      // At most: each a float with a start timestamp, or a histogram of 30 buckets.
      const sizes = { samples, starts: samples, histograms: samples, histogramBytes: samples * 60 };
      const foreseen = appendBytesMax(sizes, bytesUsed, Math.ceil(REF_END / 64) - pageCount);
      const reach = 1 + random.nextInt(REF_END - 1);
      for (let sample = 0; sample < samples; sample++) head.appendRandom(random, 1 + random.nextInt(reach));
      expect(head.writer.bytesUsed - bytesUsed).toBeLessThanOrEqual(foreseen);
    }
  });

  it('says so when its arena is full, and stays readable', () => {
    const random = new SeededRandom(SEED);
    const memory = allocateHeadMemory({ refEndMax: REF_END + 1, arenaBytesMax: 1 << 14 });
    const head = new ModelledHead(memory, 1);
    let outcome = APPENDED;
    let full = 0;
    for (let round = 0; round < 3000; round++) {
      outcome = head.appendRandom(random, 1 + random.nextInt(REF_END - 1));
      if (outcome === ARENA_FULL) full++;
    }
    expect(full).toBeGreaterThan(100);
    const reader = new HeadReader(memory);
    for (const [ref, model] of head.models) checkAgainstModel(reader, model, ref, [...EVER]);
  });
});
