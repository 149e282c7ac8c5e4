/**
 * Walks requests of 2,000 known series at 100,000 series in all, with a float each or with a native histogram, of both
 * versions of remote write; prints `name ns/op hash`, an op being a sample. A sample of 2.0 has fewer bytes, which counts
 * where requests are uncompressed first.
 */
import { allocateSampleBatch, RejectionTally, SampleBatch } from '@promontory/model';
import { encodeWriteRequest, encodeWriteRequestV2, type WireSeries } from '../proto/index.ts';
import { compress, uncompress } from '../snappy.ts';
import { DEFAULT_SERIES_LABEL_LIMITS } from './series-labels.ts';
import { makeWireHistogram } from './wire-histogram-test-values.ts';
import type { SeriesLookup } from './series-resolver.ts';
import { WriteWalk } from './write-walk.ts';
import { WriteWalkV2 } from './write-walk-v2.ts';

const SMOKE = process.env['PROMONTORY_BENCH_SMOKE'] === '1';
const SERIES_COUNT = SMOKE ? 2000 : 100_000;
const SERIES_PER_REQUEST = 2000;
/** Enough that the compiler has settled. */
const ROUNDS = SMOKE ? 1 : 40;
const HISTOGRAM_ROUNDS = SMOKE ? 1 : 10;

const METRICS_PER_TARGET = 50;

/** As scrapes give them: neighbours are metrics of one target. */
function seriesOf(index: number): WireSeries {
  const target = Math.floor(index / METRICS_PER_TARGET);
  const labels = {
    __name__: `http_requests_${index % METRICS_PER_TARGET}_total`,
    cluster: 'prod-eu-1',
    code: String(200 + (index % 5)),
    instance: `10.0.${(target >> 8) & 255}.${target & 255}:9100`,
    job: 'kubernetes-pods',
    namespace: `team-${target % 37}`,
    node: `node-${target >> 4}`,
    path: `/api/v1/items/${(index * 7919) % 100_003}`,
    pod: `app-${target}-7c9d5b`,
  };
  return {
    labels: Object.entries(labels).map(([name, value]) => ({ name, value })),
    timestampMs: Float64Array.of(1_760_000_000_000),
    value: Float64Array.of(index * 1.5),
    exemplars: [],
    histograms: [],
  };
}

/** Open addressing in one Int32Array, as the store's table is. */
class TableLookup implements SeriesLookup {
  readonly #words: Int32Array;
  readonly #mask: number;

  constructor(capacity: number) {
    this.#words = new Int32Array(capacity * 4);
    this.#mask = capacity - 1;
  }

  find(lane0: number, lane1: number, lane2: number): number {
    const words = this.#words;
    for (let entry = lane0 & this.#mask; ; entry = (entry + 1) & this.#mask) {
      const base = entry * 4;
      const ref = words[base + 3]!;
      if (ref === 0) return 0;
      if (words[base] === lane0 && words[base + 1] === lane1 && words[base + 2] === lane2) return ref;
    }
  }

  insert(lane0: number, lane1: number, lane2: number, ref: number): void {
    let entry = lane0 & this.#mask;
    while (this.#words[entry * 4 + 3] !== 0) entry = (entry + 1) & this.#mask;
    this.#words.set([lane0, lane1, lane2, ref], entry * 4);
  }
}

const lookup = new TableLookup(1 << 18);
const key = Int32Array.of(7, 8, 9);
const walkV1 = new WriteWalk(key, lookup, DEFAULT_SERIES_LABEL_LIMITS);
const walkV2 = new WriteWalkV2(key, lookup, DEFAULT_SERIES_LABEL_LIMITS);
const batch = new SampleBatch(allocateSampleBatch({ samplesMax: 1 << 16, labelBytesMax: 1 << 24 }));
const tally = new RejectionTally();

/** Requests, before they are encoded. */
function requestsOf(make: (index: number) => WireSeries): WireSeries[][] {
  return Array.from({ length: SERIES_COUNT / SERIES_PER_REQUEST }, (_, request) =>
    Array.from({ length: SERIES_PER_REQUEST }, (_each, index) => make(request * SERIES_PER_REQUEST + index)),
  );
}

function bodiesOf(requests: readonly WireSeries[][]): Uint8Array[] {
  return requests.map((series) => encodeWriteRequest({ series, metadata: [] }));
}

/** With what senders of 2.0 say beside: the type of each metric and when its counters began. */
function bodiesOfV2(requests: readonly WireSeries[][], saysMore: boolean): Uint8Array[] {
  const none = new Float64Array(0);
  const more = { type: 'counter', unit: '', help: 'Requests that were answered.' } as const;
  return requests.map((all) =>
    encodeWriteRequestV2({
      series: all.map((series) => ({
        ...series,
        metadata: saysMore ? more : null,
        startTimestampMs: saysMore ? Float64Array.of(1_759_000_000_000) : none,
        histogramStartTimestampMs: none,
        createdTimestampMs: 0,
      })),
    }),
  );
}

/** @returns a sum over what was understood */
function walkAll(walk: WriteWalk | WriteWalkV2, bodies: Iterable<Uint8Array>, visit: () => void): number {
  let sum = 0;
  for (const body of bodies) {
    batch.clear();
    walk.walk(body, batch, tally);
    visit();
    for (let index = 0; index < batch.sampleCount; index++) sum += batch.ref[index]!;
    for (let index = 0; index < batch.histogramCount; index++) sum += batch.histogramRef(index);
  }
  return sum;
}

function* uncompressed(bodies: readonly Uint8Array[]): Generator<Uint8Array> {
  for (const body of bodies) yield uncompress(body, 1 << 26);
}

function print(name: string, bestMs: number, hash: number): void {
  process.stdout.write(`${name} ${((bestMs * 1e6) / SERIES_COUNT).toFixed(1)} ns/op ${hash}\n`);
}

function measure(
  name: string,
  walk: WriteWalk | WriteWalkV2,
  bodies: readonly Uint8Array[],
  { rounds = ROUNDS, isCompressed = false } = {},
): void {
  let best = Number.POSITIVE_INFINITY;
  let hash = 0;
  for (let round = 0; round < rounds; round++) {
    const roundStartMs = performance.now();
    hash = walkAll(walk, isCompressed ? uncompressed(bodies) : bodies, () => undefined);
    best = Math.min(best, performance.now() - roundStartMs);
  }
  print(name, best, hash);
}

/** Twenty buckets in two spans, as a histogram of latencies has. */
function histogramSeriesOf(index: number): WireSeries {
  const counts = Array.from({ length: 20 }, (_, at) => 1000 + ((index * 37 + at * 101) % 500));
  const histogram = makeWireHistogram({
    count: counts.reduce((sum, count) => sum + count, 0),
    zeroCount: 0,
    schema: 3,
    positiveSpans: [
      { offset: -12, length: 14 },
      { offset: 3, length: 6 },
    ],
    positiveBuckets: counts.map((count, at) => count - (counts[at - 1] ?? 0)),
  });
  const none = new Float64Array(0);
  return { ...seriesOf(index), timestampMs: none, value: none, histograms: [histogram] };
}

const floats = requestsOf(seriesOf);
const histograms = requestsOf(histogramSeriesOf);
const bodies = bodiesOf(floats);
let ref = 0;
const startMs = performance.now();
walkAll(walkV1, bodies, () => {
  for (let index = 0; index < batch.newSeriesCount; index++) {
    const lanes = [0, 1, 2].map((lane) => batch.newSeriesLane(index, lane as 0 | 1 | 2));
    lookup.insert(lanes[0]!, lanes[1]!, lanes[2]!, ++ref);
  }
});
print('walk, new series', performance.now() - startMs, ref);
const HISTOGRAMS = { rounds: HISTOGRAM_ROUNDS };
const COMPRESSED = { isCompressed: true };
const bodiesV2 = bodiesOfV2(floats, false);
measure('walk, known series', walkV1, bodies);
measure('walk 2.0, known series', walkV2, bodiesV2);
measure('uncompress and walk, known series', walkV1, bodies.map(compress), COMPRESSED);
measure('uncompress and walk 2.0, known series', walkV2, bodiesV2.map(compress), COMPRESSED);
measure('walk 2.0, known series with metadata and start', walkV2, bodiesOfV2(floats, true));
measure('walk, histograms of known series', walkV1, bodiesOf(histograms), HISTOGRAMS);
measure('walk 2.0, histograms of known series', walkV2, bodiesOfV2(histograms, false), HISTOGRAMS);
