import { SeededRandom } from '@promontory/base';
import {
  COUNTER_RESET_HINTS,
  type HistogramSample,
  Labels,
  SampleColumns,
  setStaleAt,
  staleHistogram,
} from '@promontory/model';
import { describe, expect, it } from 'vitest';
import { makeHistogram } from '@promontory/model/test-values';
import { comparable, randomFloats, randomHistograms, randomTimes } from '../chunks/chunk-test-values.ts';
import { decodeReadResponse, type ReadResponse, type WireHistogram } from '../proto/index.ts';
import type { SeriesSamples } from '../sample-range.ts';
import { uncompress } from '../snappy.ts';
import { SampledResponseWriter } from './sampled-response-writer.ts';

const LABELS = Labels.fromObject({ __name__: 'up', job: 'ü' });
const EVER = { rangeStartMsInclusive: -(2 ** 52), rangeEndMsInclusive: 2 ** 52 };
const NO_FLOATS = new SampleColumns(1);

function writerOf(responseBytesMax = 1 << 28): SampledResponseWriter {
  return new SampledResponseWriter({ responseBytesMax });
}

function bytesOf(writer: SampledResponseWriter): Uint8Array {
  return uncompress(Buffer.concat(writer.finish()), 1 << 28);
}

function responseOf(...results: readonly (readonly SeriesSamples[])[]): ReadResponse {
  const writer = writerOf();
  for (const series of results) {
    writer.startResult();
    for (const samples of series) writer.addSeries(LABELS, samples);
    writer.endResult();
  }
  return decodeReadResponse(bytesOf(writer));
}

/** As `comparable`, of what came back: only the buckets are not looked at in their absolute form. */
function summary({
  timestampMs,
  flavor,
  isStale,
  count,
  sum,
  schema,
  zeroThreshold,
  zeroCount,
  resetHint,
}: WireHistogram): unknown {
  const kind = { isInteger: flavor === 'integer', isStale, hint: COUNTER_RESET_HINTS[resetHint] };
  return { timestampMs, ...kind, count, sum, schema, zeroThreshold, zeroCount };
}

function expectedSummary({ timestampMs, histogram }: HistogramSample): unknown {
  const {
    isInteger,
    isStale,
    count,
    sum,
    schema,
    zeroThreshold,
    zeroCount,
    counterResetHint: hint,
  } = histogram;
  return { timestampMs, isInteger, isStale, hint, count, sum, schema, zeroThreshold, zeroCount };
}

function countsOf({ flavor, positiveBuckets, negativeBuckets }: WireHistogram): unknown {
  const absolute = (values: readonly number[]): readonly number[] => {
    let count = 0;
    return flavor === 'float' ? values : values.map((delta) => (count += delta));
  };
  return { positive: absolute(positiveBuckets), negative: absolute(negativeBuckets) };
}

describe('a response of samples', () => {
  it('is the bytes of the published schema', () => {
    const writer = writerOf();
    const floats = new SampleColumns(1);
    floats.push(300, 1);
    writer.startResult();
    expect(writer.addSeries(Labels.fromObject({ a: 'b' }), { ...EVER, floats, histograms: [] })).toBe(true);
    writer.endResult();
    writer.startResult();
    writer.endResult();
    const series = '0a06 0a0161 120162 120c 09000000000000f03f 10ac02';
    expect(Buffer.from(bytesOf(writer)).toString('hex')).toBe(`0a18 0a16 ${series} 0a00`.replaceAll(' ', ''));
  });

  it('gives back floats bit for bit, of any time', () => {
    const random = new SeededRandom(7);
    for (let round = 0; round < 100; round++) {
      const floats = randomFloats(random, randomTimes(random, 1 + random.nextInt(300)));
      const { results } = responseOf([{ ...EVER, floats, histograms: [] }]);
      const { count } = floats;
      expect(results[0]?.[0]?.timestampMs).toEqual(floats.timestampMs.slice(0, count));
      const words = new Int32Array(results[0]?.[0]?.value.buffer ?? new ArrayBuffer(0));
      expect(words).toEqual(floats.valueWords.slice(0, 2 * count));
    }
  });

  it('gives back histograms of every kind with their hints', () => {
    const random = new SeededRandom(8);
    for (let round = 0; round < 100; round++) {
      const histograms = randomHistograms(random, randomTimes(random, 1 + random.nextInt(50)));
      const { results } = responseOf([{ ...EVER, floats: NO_FLOATS, histograms }]);
      const read = results[0]?.[0]?.histograms ?? [];
      expect(read.map(summary)).toEqual(histograms.map(expectedSummary));
      expect(read.map(countsOf)).toEqual(
        histograms.map(({ histogram: { positive, negative } }) => ({
          positive: [...positive.counts],
          negative: [...negative.counts],
        })),
      );
      expect(read.map(({ customValues }) => customValues)).toEqual(
        histograms.map(({ histogram }) => [...histogram.customValues]),
      );
      expect(read.map(({ positiveSpans }) => positiveSpans)).toEqual(
        histograms.map(({ histogram: { positive } }) =>
          Array.from(positive.spanOffsets, (offset, at) => ({ offset, length: positive.spanLengths[at] })),
        ),
      );
      expect(histograms.map(comparable)).toHaveLength(read.length);
    }
  });

  it('keeps differences of counts near 2^53 exact', () => {
    const counts = [2 ** 53 - 1, 0, 2 ** 53 - 1, 2 ** 52 + 1, 3];
    const positive = {
      ...makeHistogram().positive,
      spanOffsets: Int32Array.of(0),
      spanLengths: Uint32Array.of(5),
    };
    const histogram = makeHistogram({ positive: { ...positive, counts: Float64Array.from(counts) } });
    const { results } = responseOf([
      { ...EVER, floats: NO_FLOATS, histograms: [{ timestampMs: 1, histogram }] },
    ]);
    expect(results[0]?.[0]?.histograms[0]?.positiveBuckets).toEqual(
      counts.map((count, at) => count - (counts[at - 1] ?? 0)),
    );
  });

  it('has markers of both kinds, and only samples of the range', () => {
    const floats = new SampleColumns(4);
    for (let at = 0; at < 4; at++) floats.push(at * 10, at);
    setStaleAt(floats.valueWords, 2);
    const histograms = [5, 15, 25].map((timestampMs) => ({ timestampMs, histogram: staleHistogram(false) }));
    const range = { rangeStartMsInclusive: 10, rangeEndMsInclusive: 20 };
    const { results } = responseOf(
      [{ ...range, floats, histograms }],
      [{ ...range, floats, histograms: [] }],
    );
    const [first] = results[0] ?? [];
    expect([first?.timestampMs, first?.histograms.map(({ timestampMs }) => timestampMs)]).toEqual([
      Float64Array.of(10, 20),
      [15],
    ]);
    expect(first?.histograms[0]).toMatchObject({ isStale: true, flavor: 'float' });
    expect(Buffer.from(first?.value.buffer ?? new ArrayBuffer(0), 8).toString('hex')).toBe(
      '020000000000f07f',
    );
    expect(results[1]?.[0]?.timestampMs).toEqual(Float64Array.of(10, 20));
  });

  it('leaves out a series without samples in the range', () => {
    const writer = writerOf();
    writer.startResult();
    expect(writer.addSeries(LABELS, { ...EVER, floats: NO_FLOATS, histograms: [] })).toBe(false);
    writer.endResult();
    expect(decodeReadResponse(bytesOf(writer)).results).toEqual([[]]);
  });

  it('of many parts is one block', () => {
    const random = new SeededRandom(9);
    const floats = new SampleColumns(200_000);
    for (let at = 0; at < 200_000; at++) floats.push(at * 15_000, random.nextFloat());
    const writer = writerOf();
    for (let result = 0; result < 3; result++) {
      writer.startResult();
      writer.addSeries(LABELS, { ...EVER, floats, histograms: [] });
      writer.addSeries(LABELS, { ...EVER, floats, histograms: [] });
      writer.endResult();
    }
    const parts = writer.finish();
    expect(parts.length).toBeGreaterThan(12);
    const { results } = decodeReadResponse(uncompress(Buffer.concat(parts), 1 << 28));
    expect(results.map((series) => series.length)).toEqual([2, 2, 2]);
    expect(results[2]?.[1]?.value).toEqual(floats.value.subarray(0, floats.count));
  });

  it('is bounded before it is written', () => {
    const floats = new SampleColumns(1);
    floats.push(300, 1);
    const series = { ...EVER, floats, histograms: [] };
    const tooLarge = expect.objectContaining({ code: 'ERR_READ_RESPONSE_BYTES_MAX', kind: 'bad-data' });
    const exact = responseBytes(writerOf(10_000), series);
    expect(responseBytes(writerOf(exact), series)).toBe(exact);
    expect(() => responseBytes(writerOf(exact - 1), series)).toThrow(tooLarge);
    expect(() => responseBytes(writerOf(10), series)).toThrow(tooLarge);
    const histograms = [{ timestampMs: 1, histogram: makeHistogram() }];
    expect(() => responseBytes(writerOf(20), { ...EVER, floats: NO_FLOATS, histograms })).toThrow(tooLarge);
  });
});

function responseBytes(writer: SampledResponseWriter, series: SeriesSamples): number {
  writer.startResult();
  writer.addSeries(LABELS, series);
  writer.endResult();
  return bytesOf(writer).length;
}
