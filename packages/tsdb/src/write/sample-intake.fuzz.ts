/** Random batches, taken alone, sample by sample, and many in one commit: always with the same answers. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock, SeededRandom } from '@promontory/base';
import {
  allocateSampleBatch,
  encodeHistogram,
  encodeLabelBytes,
  Labels,
  RejectionTally,
  SampleBatch,
} from '@promontory/model';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { randomFloatWords, randomHistogram } from '../model-fuzz/random-writes.ts';
import { readSelected } from '../model-fuzz/stored-contents.ts';
import { openTsdb } from '../open-tsdb.ts';
import { TsdbWriter } from '../tsdb-writer.ts';

const SEED = Number(process.env['PROMONTORY_FUZZ_SEED'] ?? 20_261_121);
const NOW_MS = 1_763_700_000_000;
const SERIES = Array.from({ length: 5 }, (_, index) =>
  Labels.fromObject({ __name__: 'm', index: `${index}` }),
);
const STEPS = 400;
const LIMITS = { headBytesMax: 1 << 24, outOfOrderWindowMs: 30 };

type Sample =
  | { readonly series: number; readonly timestampMs: number; readonly words: readonly [number, number] }
  | { readonly series: number; readonly timestampMs: number; readonly bytes: Uint8Array };

let directory = '';

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tsdb-intake-fuzz-'));
});

afterAll(() => rm(directory, { recursive: true }));

function randomSamples(random: SeededRandom, step: number): Sample[] {
  return Array.from({ length: 1 + random.nextInt(30) }, () => {
    const series = random.nextInt(SERIES.length);
    const timestampMs = NOW_MS - STEPS + step - random.nextInt(60);
    if (random.nextInt(3) > 0) return { series, timestampMs, words: randomFloatWords(random) };
    return { series, timestampMs, bytes: encodeHistogram(randomHistogram(random)) };
  });
}

/** The fingerprint does not matter here: any three words that differ. */
function batchOf(samples: readonly Sample[]): SampleBatch {
  const batch = new SampleBatch(allocateSampleBatch({ samplesMax: 64, labelBytesMax: 1 << 16 }));
  const refs = SERIES.map((labels, index) => batch.addNewSeries(index + 1, 2, 3, encodeLabelBytes(labels)));
  for (const sample of samples) {
    const ref = refs[sample.series]!;
    if ('bytes' in sample) {
      batch.tryAddHistogram(ref, sample.timestampMs, 0, sample.bytes);
      continue;
    }
    const index = batch.sampleCount++;
    batch.ref[index] = ref;
    batch.timestampMs[index] = sample.timestampMs;
    batch.valueWords.set(sample.words, 2 * index);
  }
  return batch;
}

class Taker {
  readonly writer: TsdbWriter;
  readonly tally = new RejectionTally();
  readonly #path: string;

  constructor(name: string) {
    this.#path = join(directory, name);
    this.writer = new TsdbWriter({
      directory: this.#path,
      clock: new ManualClock(NOW_MS),
      limits: LIMITS,
    });
  }

  take(samples: readonly Sample[]): number {
    return this.writer.append(batchOf(samples), this.tally).samples;
  }

  get codes(): Map<string, number> {
    return new Map(this.tally.toArray().map(({ code, count }) => [code, count]));
  }

  async contents(): Promise<unknown> {
    await this.writer.close();
    const tsdb = await openTsdb({
      directory: this.#path,
      clock: new ManualClock(NOW_MS),
      limits: LIMITS,
    });
    const contents = readSelected(tsdb, []);
    await tsdb.close();
    return contents;
  }
}

it(`a batch is answered the same however it is cut and committed (seed ${SEED})`, async () => {
  const random = new SeededRandom(SEED);
  const [whole, single, grouped] = [new Taker('whole'), new Taker('single'), new Taker('grouped')];
  for (let step = 0; step < STEPS; step++) {
    const samples = randomSamples(random, step);
    const written = whole.take(samples);
    whole.writer.commit();
    let alone = 0;
    for (const sample of samples) alone += single.take([sample]);
    if (random.nextInt(5) === 0) single.writer.commit();
    const together = grouped.take(samples);
    if (random.nextInt(10) === 0) grouped.writer.commit();
    if (random.nextInt(50) === 0) await grouped.writer.flush();
    expect([step, alone, together]).toEqual([step, written, written]);
    expect([single.codes, grouped.codes]).toEqual([whole.codes, whole.codes]);
  }
  expect(whole.codes.size).toBe(2);
  const contents = await whole.contents();
  expect(await single.contents()).toEqual(contents);
  expect(await grouped.contents()).toEqual(contents);
});
