import { errorCode, SeededRandom } from '@promontory/base';
import { type HistogramSample, SampleColumns } from '@promontory/model';
import { expect, it } from 'vitest';
import type { WireChunk } from '../proto/index.ts';
import { comparable, randomFloats, randomHistograms, randomTimes } from './chunk-test-values.ts';
import { decodeChunk } from './decode-chunk.ts';
import { CHUNK_SAMPLES_MAX } from './histogram-run.ts';
import { SeriesChunks } from './series-chunks.ts';
import type { SeriesSamples } from '../sample-range.ts';

const SEED = Number(process.env['PROMONTORY_FUZZ_SEED'] ?? 20261122);
const ROUNDS = Number(process.env['PROMONTORY_FUZZ_ROUNDS'] ?? 400);

function allChunks(samples: SeriesSamples, chunks = new SeriesChunks()): WireChunk[] {
  const made: WireChunk[] = [];
  chunks.start(samples);
  while (chunks.next()) {
    const { encoding, startMsInclusive, endMsInclusive } = chunks;
    made.push({ encoding, startMsInclusive, endMsInclusive, data: chunks.unsafeView().slice() });
  }
  return made;
}

/** A series of floats, histograms or both in turns. */
function randomSeries(random: SeededRandom): SeriesSamples {
  const times = randomTimes(random, random.nextInt(400));
  const kind = random.nextInt(3);
  const isFloat = Array.from(times, (_, at) => kind === 0 || (kind === 1 && (at >> 4) % 2 === 0));
  return {
    floats: randomFloats(
      random,
      times.filter((_, at) => isFloat[at]),
    ),
    histograms: randomHistograms(
      random,
      times.filter((_, at) => !isFloat[at]),
    ),
    rangeStartMsInclusive: Number.MIN_SAFE_INTEGER,
    rangeEndMsInclusive: Number.MAX_SAFE_INTEGER,
  };
}

it(`chunks give back every bit of a series, in the order of time (seed ${SEED})`, () => {
  const random = new SeededRandom(SEED);
  const chunks = new SeriesChunks();
  for (let round = 0; round < ROUNDS; round++) {
    const series = randomSeries(random);
    const floats = new SampleColumns();
    const histograms: HistogramSample[] = [];
    let lastMs = Number.NEGATIVE_INFINITY;
    for (const chunk of allChunks(series, chunks)) {
      const before = { floats: floats.count, histograms: histograms.length };
      decodeChunk(chunk, { floats, histograms });
      const times = [
        ...floats.timestampMs.subarray(before.floats, floats.count),
        ...histograms.slice(before.histograms).map(({ timestampMs }) => timestampMs),
      ];
      expect([times[0], times.at(-1)]).toEqual([chunk.startMsInclusive, chunk.endMsInclusive]);
      expect(chunk.startMsInclusive).toBeGreaterThan(lastMs);
      expect(times.length).toBeLessThanOrEqual(CHUNK_SAMPLES_MAX);
      lastMs = chunk.endMsInclusive;
    }
    const { count } = series.floats;
    expect(floats.timestampMs.subarray(0, floats.count)).toEqual(
      series.floats.timestampMs.subarray(0, count),
    );
    expect(floats.valueWords.subarray(0, 2 * floats.count)).toEqual(
      series.floats.valueWords.subarray(0, 2 * count),
    );
    expect(histograms.map(comparable)).toEqual(series.histograms.map(comparable));
    expectHints(series.histograms, histograms);
  }
});

/** A hint may become less certain; `not-reset` is claimed only of what did not decrease. */
function expectHints(written: readonly HistogramSample[], read: readonly HistogramSample[]): void {
  const wrong = written.filter(({ histogram: source }, at) => {
    const hint = read[at]?.histogram.counterResetHint;
    if (source.isStale) return false;
    if (source.counterResetHint === 'gauge' || source.counterResetHint === 'reset') {
      return hint !== source.counterResetHint;
    }
    const hasGrown = source.count >= (written[at - 1]?.histogram.count ?? Number.NaN);
    return hint !== 'unknown' && !(hint === 'not-reset' && hasGrown);
  });
  expect(wrong).toEqual([]);
}

function outcomeOf(chunk: WireChunk): string | undefined {
  try {
    decodeChunk(chunk, { floats: new SampleColumns(), histograms: [] });
    return 'decoded';
  } catch (error) {
    return errorCode(error);
  }
}

it(`changed bytes decode or are refused, nothing else (seed ${SEED})`, () => {
  const random = new SeededRandom(SEED);
  const outcomes = new Map<string | undefined, number>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const chunk of allChunks(randomSeries(random)).slice(0, 5)) {
      const data = Uint8Array.from(chunk.data);
      for (let change = 0; change <= random.nextInt(3); change++) {
        data[random.nextInt(Math.min(data.length, random.nextInt(2) === 0 ? 12 : data.length))] =
          random.nextInt(256);
      }
      const end = random.nextInt(4) === 0 ? random.nextInt(data.length + 1) : data.length;
      const outcome = outcomeOf({ ...chunk, data: data.subarray(0, end) });
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
  }
  expect(new Set(outcomes.keys())).toEqual(new Set(['decoded', 'ERR_CHUNK_INVALID']));
  expect(Math.min(...outcomes.values())).toBeGreaterThan(ROUNDS / 20);
});
