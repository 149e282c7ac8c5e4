/**
 * What an aggregation holds while it consumes series: the live bytes at 16 places of the evaluation, after a garbage
 * collection, above those at its first series, when the labels of all series are known. The source makes samples as
 * they are read and keeps none. Prints `query, N series: BYTES above BYTES of labels, PEAK samples`; fails when
 * the first figure grows with the number of series. No times: the collections are most of them. `quantile` and
 * `count_values` are not here: they need all values at once.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type HistogramSample, Labels, type SampleColumns } from '@promontory/model';
import { exponential } from '../histogram/histogram-test-values.ts';
import type { SelectRequest, SeriesSet } from '../series-source.ts';
import { MemorySeriesSource } from '../source/memory-series-source.ts';
import { QueryEngine } from './query-engine.ts';

const SMOKE = process.env['PROMONTORY_BENCH_SMOKE'] === '1';
const SERIES_COUNTS = SMOKE ? [100, 1000] : [1000, 30_000];
const MEASUREMENTS = 16;
/** What may come and go by chance: compiled code, type feedback, the caches of strings. */
const NOISE_BYTES = 512 * 1024;
const SCRAPE_MS = 15_000;
const RANGE = { startMs: 3_600_000, endMsInclusive: 7_200_000, stepMs: 60_000, lookbackDeltaMs: 300_000 };

const QUERIES = [
  'sum(floats)',
  'sum by (namespace) (rate(floats[5m]))',
  'max by (namespace) (max_over_time(floats[1h]))',
  'stddev(abs(floats) * 2)',
  'topk(5, rate(floats[5m]))',
  'sum(rate(floats[5m]) / 2 > 1)',
  'histogram_quantile(0.9, sum(rate(native[5m])))',
  'avg(max_over_time(rate(floats[5m])[10m:1m]))',
];

setFlagsFromString('--expose-gc');
const collectGarbage: unknown = runInNewContext('gc');

function liveBytes(): number {
  if (typeof collectGarbage !== 'function') throw new Error('no garbage collector to call');
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Measures while it is read. */
class MeasuredSeriesSet implements SeriesSet {
  readonly seriesCount: number;
  firstBytes = 0;
  mostBytes = 0;
  readonly #request: SelectRequest;
  readonly #isNative: boolean;
  #reads = 0;

  constructor(seriesCount: number, request: SelectRequest) {
    this.seriesCount = seriesCount;
    this.#request = request;
    this.#isNative = request.matchers.some(({ value }) => value === 'native');
  }

  labels(seriesIndex: number): Labels {
    return Labels.fromObject({
      __name__: this.#isNative ? 'native' : 'floats',
      namespace: `ns${seriesIndex % 20}`,
      pod: `pod${seriesIndex}`,
    });
  }

  read(seriesIndex: number, target: SampleColumns): void {
    this.#measure();
    target.clear();
    if (this.#isNative) return;
    for (const timestampMs of this.#times())
      target.push(timestampMs, (timestampMs / 1000) * (seriesIndex % 7));
  }

  readHistograms(seriesIndex: number): readonly HistogramSample[] {
    if (!this.#isNative) return [];
    return [...this.#times()].map((timestampMs) => ({
      timestampMs,
      histogram: exponential({ positive: { 1: timestampMs, 2: timestampMs * (seriesIndex % 7) } }),
    }));
  }

  readStartTimestamps(_seriesIndex: number, target: SampleColumns): void {
    target.clear();
  }

  close(): void {
    // Holds nothing.
  }

  *#times(): Iterable<number> {
    const { rangeStartMsInclusive, rangeEndMsInclusive } = this.#request;
    for (let t = rangeStartMsInclusive; t <= rangeEndMsInclusive; t += SCRAPE_MS) yield t;
  }

  #measure(): void {
    if (this.#reads++ % Math.ceil(this.seriesCount / MEASUREMENTS) !== 0) return;
    const bytes = liveBytes();
    if (this.firstBytes === 0) this.firstBytes = bytes;
    this.mostBytes = Math.max(this.mostBytes, bytes);
  }
}

interface Memory {
  /** Live bytes that came with the labels of all series. */
  readonly labelBytes: number;
  /** Most live bytes above those of the first series' read. */
  readonly evaluationBytes: number;
  readonly samplesPeak: number;
}

async function measureQuery(query: string, seriesCount: number): Promise<Memory> {
  const engine = new QueryEngine({ parseCacheEntriesMax: 1 });
  const sets: MeasuredSeriesSet[] = [];
  const source = new MemorySeriesSource();
  source.select = (request) => {
    const set = new MeasuredSeriesSet(seriesCount, request);
    sets.push(set);
    return Promise.resolve(set);
  };
  const beforeBytes = liveBytes();
  const { stats } = await engine.rangeQuery(source, {
    query,
    ...RANGE,
    limits: { samplesMax: 50_000_000, durationMsMax: 600_000, memoryBytesMax: 2 ** 32, stepsMax: 11_000 },
    isCancelled: () => false,
  });
  const [set] = sets;
  if (set === undefined) throw new Error('nothing was selected');
  return {
    labelBytes: set.firstBytes - beforeBytes,
    evaluationBytes: set.mostBytes - set.firstBytes,
    samplesPeak: stats.samplesPeak,
  };
}

for (const query of QUERIES) {
  await measureQuery(query, SERIES_COUNTS[0] ?? 0); // compiles what the query needs
  const growthBytes: number[] = [];
  for (const seriesCount of SERIES_COUNTS) {
    const { labelBytes, evaluationBytes, samplesPeak } = await measureQuery(query, seriesCount);
    growthBytes.push(evaluationBytes);
    process.stdout.write(
      `${query}, ${seriesCount} series: ${evaluationBytes} B above ${labelBytes} B of labels, ${samplesPeak} samples\n`,
    );
  }
  const grownBytes = Math.max(...growthBytes) - Math.min(...growthBytes);
  if (grownBytes > NOISE_BYTES) {
    process.stderr.write(`${query}: memory grows with the series, by ${grownBytes} B\n`);
    process.exitCode = 1;
  }
}
