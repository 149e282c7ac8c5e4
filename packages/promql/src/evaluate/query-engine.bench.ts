/** Whole range queries over memory, an op being one query; prints `name ns/op result-hash`. */
import { createHash } from 'node:crypto';
import { SeededRandom } from '@promontory/base';
import { Labels } from '@promontory/model';
import type { QueryResult } from '../query-result.ts';
import { MemorySeriesSource } from '../source/memory-series-source.ts';
import { QueryEngine } from './query-engine.ts';

const SMOKE = process.env['PROMONTORY_BENCH_SMOKE'] === '1';
const SERIES_COUNT = SMOKE ? 10 : 1000;
const ROUNDS = SMOKE ? 1 : 9;
const HOUR_MS = 3_600_000;
const SCRAPE_MS = 15_000;

const QUERIES: readonly (readonly [query: string, stepMs: number])[] = [
  ['sum by (namespace) (rate(m_total[5m]))', SCRAPE_MS],
  ['rate(m_total[5m])', SCRAPE_MS],
  ['max by (pod) (avg_over_time(m_total[1h]))', 60_000],
  ['topk(5, rate(m_total[5m]))', 60_000],
  ['max_over_time(m_total[1h])', SCRAPE_MS],
  ['quantile by (pod) (0.9, m_total)', SCRAPE_MS],
  ['m_total / on (instance) m_total', SCRAPE_MS],
  ['m_total * on (namespace) group_left sum by (namespace) (m_total)', SCRAPE_MS],
  ['max_over_time(rate(m_total[5m])[30m:1m])', SCRAPE_MS],
];

function makeSource(): MemorySeriesSource {
  const source = new MemorySeriesSource();
  const random = new SeededRandom(3);
  for (let series = 0; series < SERIES_COUNT; series++) {
    const labels = Labels.fromObject({
      __name__: 'm_total',
      namespace: `ns${series % 20}`,
      pod: `pod${series % 100}`,
      instance: `i${series}`,
    });
    let counter = 0;
    for (let timeMs = 0; timeMs <= 2 * HOUR_MS; timeMs += SCRAPE_MS) {
      counter = random.nextInt(500) === 0 ? 0 : counter + random.nextInt(10);
      source.add(labels, timeMs, counter);
    }
  }
  return source;
}

function hashOf({ value }: QueryResult): string {
  const hash = createHash('sha256');
  for (const series of value.type === 'matrix' ? value.series : []) {
    hash.update(series.labels.toString());
    hash.update(new Uint8Array(series.value.buffer, series.value.byteOffset, series.value.byteLength));
  }
  return hash.digest('hex').slice(0, 16);
}

const source = makeSource();
const engine = new QueryEngine({ parseCacheEntriesMax: 100 });
for (const [query, stepMs] of QUERIES) {
  const request = {
    query,
    startMs: HOUR_MS,
    endMsInclusive: 2 * HOUR_MS,
    stepMs,
    lookbackDeltaMs: 300_000,
    limits: { samplesMax: 50_000_000, durationMsMax: 60_000, memoryBytesMax: 1e9, stepsMax: 11_000 },
    isCancelled: () => false,
  };
  let result = await engine.rangeQuery(source, request);
  let bestMs = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const startMs = performance.now();
    result = await engine.rangeQuery(source, request);
    bestMs = Math.min(bestMs, performance.now() - startMs);
  }
  process.stdout.write(`${query} ${(bestMs * 1e6).toFixed(0)} ns/op ${hashOf(result)}\n`);
}
