/** How often a query reads its series. */
import { Labels } from '@promontory/model';
import { expect, it } from 'vitest';
import type { RangeQueryRequest } from '../query-result.ts';
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
