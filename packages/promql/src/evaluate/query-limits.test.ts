/** What a query is known to hold, and where it looks at the time. */
import { Labels, type NativeHistogram } from '@promontory/model';
import { describe, expect, it } from 'vitest';
import { exponential } from '../histogram/histogram-test-values.ts';
import type { QueryCost, RangeQueryRequest } from '../query-result.ts';
import { MemorySeriesSource } from '../source/memory-series-source.ts';
import { QueryEngine } from './query-engine.ts';
import { WatchedSource } from './watched-test-source.ts';

const STEP_MS = 15_000;
const LIMITS = { samplesMax: 10_000_000, durationMsMax: 60_000, memoryBytesMax: 1e9, stepsMax: 11_000 };
const engine = new QueryEngine({ parseCacheEntriesMax: 0 });

function range(query: string, stepCount: number, isCancelled = (): boolean => false): RangeQueryRequest {
  const endMsInclusive = (stepCount - 1) * STEP_MS;
  const lookbackDeltaMs = 300_000;
  return { query, startMs: 0, endMsInclusive, stepMs: STEP_MS, lookbackDeltaMs, limits: LIMITS, isCancelled };
}

/** Series `m{i="0"}` and so on, with a sample at every step. */
function sourceOf(seriesCount: number, sampleCount: number): MemorySeriesSource {
  const source = new MemorySeriesSource();
  for (let series = 0; series < seriesCount; series++) {
    const labels = Labels.fromObject({ __name__: 'm', i: String(series) });
    for (let sample = 0; sample < sampleCount; sample++)
      source.add(labels, sample * STEP_MS, sample - series);
  }
  return source;
}

describe('the memory that a query holds', () => {
  const SERIES = 200;
  const STEPS = 1000;
  const source = sourceOf(SERIES, STEPS);
  const peakBytes = async (query: string, from = source, stepCount = STEPS): Promise<number> =>
    (await engine.rangeQuery(from, range(query, stepCount))).stats.memoryBytesPeak;

  it.each([
    // A byte says at every step whether a series, or its match, is there.
    ['matches of and', 'count(m and m)', SERIES * STEPS],
    ['matches of or', 'count(m or (m > 0))', SERIES * STEPS],
    ['outputs of info()', 'count(info(m))', SERIES * STEPS],
    ['what limitk passes', 'count(limitk(200, m))', SERIES * STEPS],
    // Every quantile is a series of its own, with three labels of two texts.
    ['changing quantiles', 'count(histogram_quantiles(m{i="1"}, "q", time() / 15000))', STEPS * 3 * 2 * 40],
    // The times, the column of the vector, the samples of the window with their times.
    ['subqueries', 'sum_over_time(vector(time())[1d:1s])', 86_400 * (8 + 9 + 16)],
    ['scalars', 'time() + time() * 2 + time() * 3', STEPS * 5 * 8],
  ])('includes %s', async (_what, query, bytes) => {
    expect(await peakBytes(query)).toBeGreaterThanOrEqual(bytes);
  });

  // An entry of a list, and the texts of the labels: the series have two, and one without the name.
  const LISTED = SERIES * (64 + 4 * 40);
  const SIGNED = SERIES * (64 + 2 * 40);
  it.each([
    ['signatures of and', 'count(m and m)', LISTED + SIGNED],
    ['groups of a match and their results', 'count(m + m)', LISTED + 2 * SIGNED],
    ['signatures of or and what it merges', 'count(m or m)', 2 * LISTED + SIGNED],
    ['what is sorted', 'count(sort(m))', LISTED + SERIES * (16 + 48)],
  ])('includes the lists of %s', async (_what, query, bytes) => {
    expect(await peakBytes(query, source, 1)).toBeGreaterThanOrEqual(bytes);
  });

  it('is not multiplied by quantiles that change', async () => {
    const request = range('count(histogram_quantiles(m{i="1"}, "q", time() / 15000))', STEPS);
    const { stats } = await engine.rangeQuery(source, request);
    // The series that is read, its quantile, the counts, and the result.
    expect(stats.samplesPeak).toBeLessThanOrEqual(4 * STEPS);
  });

  it('includes buckets that a sum of histograms did not begin with', async () => {
    const sumOf = (index: (series: number) => number): Promise<number> => {
      const histograms = new MemorySeriesSource();
      for (let series = 0; series < SERIES; series++) {
        const histogram: NativeHistogram = exponential({ positive: { [index(series)]: 1 } });
        histograms.add(Labels.fromObject({ __name__: 'm', i: String(series) }), 0, histogram);
      }
      return peakBytes('sum(m)', histograms, 1);
    };
    const [same, different] = [await sumOf(() => 0), await sumOf((series) => series)];
    expect(different - same).toBeGreaterThanOrEqual((SERIES - 1) * 16);
  });
});

describe('looking at the time', () => {
  /** @returns how often it was looked at between the first and the second read of a series, and after the last one */
  const looksOf = async (query: string, stepCount: number): Promise<{ between: number; after: number }> => {
    let looks = 0;
    const atRead: number[] = [];
    const source = new WatchedSource(sourceOf(5000, stepCount), '', () => void atRead.push(looks));
    await engine.rangeQuery(
      source,
      range(query, stepCount, () => ++looks < 0),
    );
    return { between: atRead[1]! - atRead[0]!, after: looks - atRead.at(-1)! };
  };

  it('goes on while labels are hashed', async () => {
    expect((await looksOf('limit_ratio(0.5, m)', 1)).between).toBeGreaterThanOrEqual(5);
  });

  it.each([
    // At least 4999 comparisons, and count() and topk() group 5000 series each: 1000 lie between two looks.
    ['values', 'count(sort(m))', 1, 9],
    ['labels', 'count(sort_by_label(m, "i"))', 1, 9],
    ['ranks', 'count(topk(5000, m))', 1, 14],
    ['results', 'm', 2, 4],
    // 5000 values at every step, at 21 steps more than 100,000.
    ['the values of a quantile', 'quantile(0.5, m)', 210, 9],
  ])('goes on while %s are sorted', async (_what, query, stepCount, looks) => {
    expect((await looksOf(query, stepCount)).after).toBeGreaterThanOrEqual(looks + 1);
  });
});

it.each([
  ['m + on() group_left count(m)', 2],
  ['m or n', 1],
  ['-m or -m', 1],
  ['m and m', 1],
  ['histogram_quantiles(m, "q", 0.1, 0.9)', 1],
])('reads no series more than once for each selector: %s', async (query, selectorCount) => {
  let reads = 0;
  const source = new WatchedSource(sourceOf(20, 5), '', () => void reads++);
  await engine.rangeQuery(source, range(query, 5));
  expect(reads).toBe(20 * selectorCount);
});

describe('selecting series', () => {
  it('ends with the query, and what else was selected is closed', async () => {
    const source = sourceOf(5000, 1);
    let looks = 0;
    let open = 0;
    const counted = Object.assign(Object.create(source) as MemorySeriesSource, {
      select: async (request: Parameters<MemorySeriesSource['select']>[0]) => {
        const set = await source.select(request);
        open++;
        return Object.assign(set, { close: () => open-- });
      },
    });
    // Before the selections, before the first one and five times in it, before the second one and once in it.
    const request = range('count(m) + count(m)', 1, () => ++looks > 8);
    await expect(engine.rangeQuery(counted, request)).rejects.toMatchObject({ code: 'ERR_QUERY_CANCELLED' });
    expect([looks, open]).toEqual([9, 0]);
  });
});

describe('what a query took', () => {
  it('is told when it ends, with a result or without', async () => {
    const source = sourceOf(10, 100);
    const told: QueryCost[] = [];
    const request = { ...range('sum(m)', 100), onEnd: (cost: QueryCost) => told.push(cost) };
    const { samplesRead, samplesPeak, memoryBytesPeak } = (await engine.rangeQuery(source, request)).stats;
    expect(told).toEqual([{ samplesRead, samplesPeak, memoryBytesPeak }]);

    const limited = { ...request, query: 'm', limits: { ...LIMITS, samplesMax: 550 } };
    await expect(engine.rangeQuery(source, limited)).rejects.toMatchObject({ code: 'ERR_QUERY_SAMPLES_MAX' });
    expect(told.length).toBe(2);
    expect(told[1]?.samplesRead).toBeGreaterThan(0);
  });
});

describe('a query that is cancelled while its last series is read', () => {
  it.each(['m', 'sum(m)', 'sort(m)', 'quantile_over_time(0.5, m[5m])'])(
    'is not answered: %s',
    async (query) => {
      let isCancelled = false;
      const source = new WatchedSource(sourceOf(1, 5), '', () => (isCancelled = true));
      const cancelled = engine.rangeQuery(
        source,
        range(query, 5, () => isCancelled),
      );
      await expect(cancelled).rejects.toMatchObject({ code: 'ERR_QUERY_CANCELLED' });
    },
  );
});
