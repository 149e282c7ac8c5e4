/**
 * Random query strings, made from the grammar and then mutated: the engine answers or throws an error of its
 * own kind, never anything else, and every answer is well formed. A failing seed is printed by the assertion.
 */
import { InvariantError, PromontoryError, SeededRandom } from '@promontory/base';
import { compareLabels, Labels, type NativeHistogram } from '@promontory/model';
import { describe, expect, it } from 'vitest';
import { custom, exponential } from '../histogram/histogram-test-values.ts';
import type { QueryResult } from '../query-result.ts';
import { MemorySeriesSource, STALE } from '../source/memory-series-source.ts';
import { QueryEngine } from './query-engine.ts';
import { QueryTestWriter } from './query-test-writer.ts';

const SEED = Number(process.env['PROMONTORY_FUZZ_SEED'] ?? 20_261);
const ROUNDS = Number(process.env['PROMONTORY_FUZZ_ROUNDS'] ?? 4000);

/** A histogram that grows with time, falls back now and then, and changes its layout. */
function randomHistogram(random: SeededRandom, timeMs: number, isCustom: boolean): NativeHistogram {
  const size = 1 + ((timeMs / 15_000) % 13);
  const counts = Array.from({ length: 1 + random.nextInt(3) }, () => size * random.nextInt(10));
  const sum = random.nextInt(30) === 0 ? NaN : size * random.nextFloat();
  if (isCustom) return custom(random.nextInt(6) === 0 ? [1, 3] : [1, 2, 3], counts, { sum });
  return exponential({
    schema: random.nextInt(6) === 0 ? 1 : 2,
    isInteger: random.nextInt(2) === 0,
    counterResetHint: random.nextInt(8) === 0 ? 'gauge' : 'unknown',
    zeroThreshold: random.nextInt(6) === 0 ? 0.01 : 0.001,
    zeroCount: random.nextInt(3),
    positive: Object.fromEntries(counts.entries()),
    negative: random.nextInt(3) === 0 ? { 2: size } : {},
    sum,
  });
}

function makeSource(): MemorySeriesSource {
  const source = new MemorySeriesSource();
  const random = new SeededRandom(1);
  const named = (__name__: string, rest: Record<string, string>): Labels =>
    Labels.fromObject({ __name__, ...rest });
  for (const l of ['a', 'b', 'c']) {
    const info = named('target_info', { instance: l, job: 'j', version: `v${l}` });
    const identity = { l, instance: l, job: 'j' };
    for (let t = 0; t <= 600_000; t += 15_000) {
      const gap = random.nextInt(8);
      const start = random.nextInt(2) === 0 ? undefined : t - random.nextInt(60_000);
      if (gap > 0) source.add(named('m', identity), t, gap === 1 ? STALE : t / 1000, start);
      source.add(named('gauge', { l }), t, random.nextInt(9) === 0 ? NaN : random.nextFloat());
      for (const le of ['1', '2', '+Inf', 'x']) {
        source.add(named('h_bucket', { l, le }), t, random.nextInt(100));
      }
      if (gap > 1) source.add(named('native', identity), t, randomHistogram(random, t, false), start);
      source.add(named('custom', { l }), t, randomHistogram(random, t, true));
      source.add(named('mixed', { l }), t, gap < 5 ? t : randomHistogram(random, t, gap === 7));
      source.add(info, t, 1);
    }
  }
  return source;
}

/** @returns a complaint, or null */
function malformed(result: QueryResult): string | null {
  if (result.value.type !== 'matrix') return null;
  for (const [index, series] of result.value.series.entries()) {
    const previous = result.value.series[index - 1];
    if (series.count !== series.value.length) return 'times and values differ in number';
    if (series.count + series.histograms.length === 0) return 'a series without points';
    if (previous !== undefined && compareLabels(previous.labels, series.labels) > 0) return 'not sorted';
    const histogramTimes = series.histograms.map(({ timestampMs }) => timestampMs);
    if (!ascends(series.timestampMs) || !ascends(histogramTimes)) return 'times do not ascend';
  }
  return null;
}

function ascends(timestampMs: Iterable<number>): boolean {
  let previous = -Infinity;
  for (const t of timestampMs) {
    if (t <= previous) return false;
    previous = t;
  }
  return true;
}

function hasHistograms({ value }: QueryResult): boolean {
  return value.type === 'matrix' && value.series.some(({ histograms }) => histograms.length > 0);
}

const BASE = {
  lookbackDeltaMs: 300_000,
  limits: { samplesMax: 200_000, durationMsMax: 5000, memoryBytesMax: 1e9, stepsMax: 11_000 },
  isCancelled: () => false,
};

describe('queries from a grammar, and their mutations', () => {
  it(`answer or fail in an orderly way (seed ${SEED})`, { timeout: 60_000 }, async () => {
    const engine = new QueryEngine({ parseCacheEntriesMax: 100 });
    const source = makeSource();
    const complaints: string[] = [];
    let answered = 0;
    let withHistograms = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const random = new SeededRandom(SEED + round);
      const writer = new QueryTestWriter(random);
      let query = random.nextInt(4) === 0 ? writer.scalar(3) : writer.vector(1 + random.nextInt(3));
      for (let mutations = random.nextInt(6) - 2; mutations > 0; mutations--) query = writer.mutate(query);
      try {
        const isRange = random.nextInt(2) === 0;
        const result = isRange
          ? await engine.rangeQuery(source, {
              ...BASE,
              query,
              startMs: 0,
              endMsInclusive: 600_000,
              stepMs: 17_000,
            })
          : await engine.instantQuery(source, { ...BASE, query, timeMs: 300_000 });
        const complaint = malformed(result);
        if (complaint !== null) complaints.push(`${SEED + round}: ${query}: ${complaint}`);
        answered++;
        if (hasHistograms(result)) withHistograms++;
      } catch (error) {
        const isOurs = error instanceof PromontoryError && !(error instanceof InvariantError);
        if (!isOurs) complaints.push(`${SEED + round}: ${query}: ${String(error)}`);
      }
    }
    expect(complaints).toEqual([]);
    expect(answered).toBeGreaterThan(ROUNDS / 10);
    expect(withHistograms).toBeGreaterThan(ROUNDS / 200);
  });
});
