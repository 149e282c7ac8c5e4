/**
 * Series of three days of scrapes, as chunks, as chunks in frames, and as samples in a snappy block; prints
 * `name ns/op hash`, an op being a sample, or a byte. The hash is the length of what was written.
 */
import { SeededRandom } from '@promontory/base';
import { Labels, SampleColumns } from '@promontory/model';
import { SeriesChunks } from '../chunks/series-chunks.ts';
import type { SeriesSamples } from '../sample-range.ts';
import { ChunkFrameWriter } from './chunk-frame-writer.ts';
import { crc32c } from './crc32c.ts';
import { SampledResponseWriter } from './sampled-response-writer.ts';

const SMOKE = process.env['PROMONTORY_BENCH_SMOKE'] === '1';
const SERIES_COUNT = SMOKE ? 2 : 100;
const SAMPLES_COUNT = 17_280;
const ROUNDS = SMOKE ? 1 : 10;
const LABELS = Labels.fromObject({ __name__: 'http_requests_total', instance: '10.0.0.1:9100', job: 'api' });

/** Scrapes that come a little early or late; a counter, or a gauge of any value. */
function seriesOf(random: SeededRandom, isCounter: boolean): SeriesSamples {
  const floats = new SampleColumns(SAMPLES_COUNT);
  let count = 0;
  for (let at = 0; at < SAMPLES_COUNT; at++) {
    count += random.nextInt(50);
    const jitterMs = random.nextInt(10) === 0 ? random.nextInt(5) - 2 : 0;
    floats.push(1_700_000_000_000 + at * 15_000 + jitterMs, isCounter ? count : random.nextFloat());
  }
  return { floats, histograms: [], rangeStartMsInclusive: 0, rangeEndMsInclusive: 2 ** 52 };
}

function measure(name: string, opCount: number, run: () => number): void {
  let best = Number.POSITIVE_INFINITY;
  let hash = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const startMs = performance.now();
    hash = run();
    best = Math.min(best, performance.now() - startMs);
  }
  process.stdout.write(`${name} ${((best * 1e6) / opCount).toFixed(2)} ns/op ${hash}\n`);
}

/** @returns bytes of all frames */
function writeFrames(samples: SeriesSamples): number {
  const frames = new ChunkFrameWriter(1 << 20);
  const chunks = new SeriesChunks();
  let bytes = 0;
  for (let series = 0; series < SERIES_COUNT; series++) {
    frames.startSeries(0, LABELS);
    chunks.start(samples);
    while (chunks.next()) {
      const { encoding, startMsInclusive, endMsInclusive } = chunks;
      frames.addChunk({ encoding, startMsInclusive, endMsInclusive, data: chunks.unsafeView() });
    }
    frames.endSeries();
    bytes += frames.takePiece().length;
  }
  return bytes;
}

/** @returns bytes of chunks alone */
function encodeChunks(samples: SeriesSamples): number {
  const chunks = new SeriesChunks();
  let bytes = 0;
  for (let series = 0; series < SERIES_COUNT; series++) {
    chunks.start(samples);
    while (chunks.next()) bytes += chunks.unsafeView().length;
  }
  return bytes;
}

/** @returns bytes of the block */
function writeSamples(samples: SeriesSamples): number {
  const writer = new SampledResponseWriter({ responseBytesMax: 2 ** 31 });
  writer.startResult();
  for (let series = 0; series < SERIES_COUNT; series++) writer.addSeries(LABELS, samples);
  writer.endResult();
  return writer.finish().reduce((sum, part) => sum + part.length, 0);
}

const random = new SeededRandom(1);
const samplesCount = SERIES_COUNT * SAMPLES_COUNT;
for (const [name, samples] of [
  ['counter', seriesOf(random, true)],
  ['gauge', seriesOf(random, false)],
] as const) {
  measure(`XOR chunks, ${name}`, samplesCount, () => encodeChunks(samples));
  measure(`XOR chunks in frames, ${name}`, samplesCount, () => writeFrames(samples));
  measure(`samples, compressed, ${name}`, samplesCount, () => writeSamples(samples));
}
const bytes = Uint8Array.from({ length: SMOKE ? 1000 : 1 << 20 }, () => random.nextInt(256));
measure('crc32c', bytes.length, () => crc32c(bytes));
