/** What becomes of a request's native histograms in a batch: registered, in order, counted, whatever their bytes. */
import { assert, errorCode, SeededRandom } from '@promontory/base';
import {
  allocateSampleBatch,
  decodeHistogram,
  encodeHistogram,
  RejectionTally,
  SampleBatch,
  validateHistogram,
} from '@promontory/model';
import { describe, expect, it } from 'vitest';
import { encodeWriteRequest, type WireHistogram, type WireSeries } from '../proto/index.ts';
import { DEFAULT_SERIES_LABEL_LIMITS } from './series-labels.ts';
import {
  histogramMessage,
  makeWireHistogram,
  meaningOf,
  randomWireHistogram,
} from './wire-histogram-test-values.ts';
import type { SeriesLookup } from './series-resolver.ts';
import { WriteWalk } from './write-walk.ts';

const SEED = Number(process.env['PROMONTORY_FUZZ_SEED'] ?? 20_261_121);
const MUTATIONS = Number(process.env['PROMONTORY_FUZZ_ROUNDS'] ?? 20_000);
const KEY = Int32Array.of(11, 22, 33);
const NO_SERIES: SeriesLookup = { find: () => 0 };
const AT_MS = 1_760_000_000_000;

function newBatch(samplesMax = 1 << 16, histogramBytesMax = 1 << 24): SampleBatch {
  return new SampleBatch(allocateSampleBatch({ samplesMax, labelBytesMax: 1 << 20, histogramBytesMax }));
}

function series(
  labels: Record<string, string>,
  times: readonly number[],
  histograms: readonly WireHistogram[],
): WireSeries {
  return {
    labels: Object.entries(labels).map(([name, value]) => ({ name, value })),
    timestampMs: Float64Array.from(times),
    value: new Float64Array(times.length),
    exemplars: [],
    histograms,
  };
}

function at(offsetMs: number, change: Partial<WireHistogram> = {}): WireHistogram {
  return makeWireHistogram({ timestampMs: AT_MS + offsetMs, ...change });
}

/** Ref, place, time offset and start of each histogram. */
function rowsOf(batch: SampleBatch): number[][] {
  return Array.from({ length: batch.histogramCount }, (_, index) => [
    batch.histogramRef(index),
    batch.histogramPlace(index),
    batch.histogramTimestampMs(index) - AT_MS,
    batch.histogramStartMs(index),
  ]);
}

function countsOf(tally: RejectionTally): [code: string, count: number][] {
  return tally.toArray().map(({ code, count }) => [code, count]);
}

/** @param lookup by default, no series is known */
function walkOnce(
  all: readonly WireSeries[],
  batch = newBatch(),
  lookup = NO_SERIES,
): { batch: SampleBatch; tally: RejectionTally } {
  const tally = new RejectionTally();
  const walk = new WriteWalk(KEY, lookup, DEFAULT_SERIES_LABEL_LIMITS);
  walk.walk(encodeWriteRequest({ series: all, metadata: [] }), batch, tally);
  return { batch, tally };
}

describe('native histograms in a request', () => {
  it('register series that have nothing else, and stand behind the floats of their own', () => {
    const { batch, tally } = walkOnce([
      series({ __name__: 'a' }, [], [at(0), at(1)]),
      series({ __name__: 'b' }, [AT_MS, AT_MS + 1], [at(2)]),
      series({ __name__: 'c' }, [AT_MS], []),
      series({ __name__: 'd' }, [], [at(3)]),
    ]);
    expect(rowsOf(batch)).toEqual([
      [-1, 0, 0, 0],
      [-1, 0, 1, 0],
      [-2, 2, 2, 0],
      [-4, 3, 3, 0],
    ]);
    expect(Array.from(batch.ref.subarray(0, batch.sampleCount))).toEqual([-2, -2, -3]);
    expect([batch.newSeriesCount, tally.isEmpty]).toEqual([4, true]);
    expect(decodeHistogram(batch.unsafeViewHistogram(0))).toEqual(meaningOf(at(0)));
  });

  it('are stored at schema 8 when theirs is finer', () => {
    // Buckets 16 and 17 of schema 9 are bucket 8 and 9 of schema 8: i becomes ceil(i / 2).
    const { batch } = walkOnce([
      series({ __name__: 'a' }, [], [at(0, { schema: 9, positiveSpans: [{ offset: 16, length: 2 }] })]),
    ]);
    expect(decodeHistogram(batch.unsafeViewHistogram(0))).toMatchObject({
      schema: 8,
      positive: { spanOffsets: Int32Array.of(8), counts: Float64Array.of(2, 3) },
    });
  });

  it('take the ref of a series that is known, without asking for it again', () => {
    let asked = 0;
    const walk = new WriteWalk(KEY, { find: () => (asked++, 77) }, DEFAULT_SERIES_LABEL_LIMITS);
    const labels = { __name__: 'a', job: 'long enough to remember' };
    const both = [
      series(labels, [], [at(0)]),
      series({ ...labels, b: 'c' }, [AT_MS], [at(1)]),
      series(labels, [], [at(2)]),
    ];
    const bytes = encodeWriteRequest({ series: both, metadata: [] });
    for (let round = 0; round < 3; round++) {
      const batch = newBatch();
      walk.walk(bytes, batch, new RejectionTally());
      expect(rowsOf(batch).map(([ref]) => ref)).toEqual([77, 77, 77]);
      expect([batch.newSeriesCount, asked]).toEqual([0, 2]);
    }
  });

  it('are refused one by one, the rest is kept', () => {
    const { batch, tally } = walkOnce([
      series(
        { __name__: 'a', job: 'x' },
        [AT_MS],
        [at(0), at(1, { count: 9 }), at(2), at(3, { schema: 60 })],
      ),
      series({ __name__: 'b' }, [], [at(4, { count: 9 })]),
      series({ __name__: 'c' }, [], [at(5)]),
    ]);
    expect(rowsOf(batch).map(([ref, , time]) => [ref, time])).toEqual([
      [-1, 0],
      [-1, 2],
      [-2, 5],
    ]);
    expect([batch.newSeriesCount, Array.from(batch.ref.subarray(0, batch.sampleCount))]).toEqual([2, [-1]]);
    expect(tally.toArray()).toEqual([
      {
        code: 'ERR_HISTOGRAM_INVALID',
        count: 3,
        example:
          'the histogram of series {__name__="a", job="x"} at 1760000000001 ms counts 9 samples and has 6 in its buckets',
      },
    ]);
  });

  it('are refused with the labels of their series, each once', () => {
    const { batch, tally } = walkOnce([
      series({ job: 'nameless' }, [AT_MS], [at(0), at(1, { count: 9 }), at(2)]),
      series({ __name__: 'a', '': 'x' }, [], [at(3)]),
    ]);
    expect(rowsOf(batch).map(([ref]) => ref)).toEqual([0, 0, 0]);
    expect(Array.from(batch.ref.subarray(0, batch.sampleCount))).toEqual([0]);
    expect(countsOf(tally)).toEqual([
      ['ERR_HISTOGRAM_INVALID', 1],
      ['ERR_SERIES_METRIC_NAME_MISSING', 3],
      ['ERR_LABEL_NAME_EMPTY', 1],
    ]);
  });

  it('are too many, or too large, for the whole request', () => {
    const many = Array.from({ length: 17 }, (_, index) => at(index));
    expect(() => walkOnce([series({ __name__: 'a' }, [], many)], newBatch(16))).toThrow(
      expect.objectContaining({
        code: 'ERR_WRITE_SAMPLES_MAX',
        kind: 'too-large',
        context: { samplesMax: 16 },
      }),
    );
    expect(walkOnce([series({ __name__: 'a' }, [], many.slice(1))], newBatch(16)).batch.histogramCount).toBe(
      16,
    );
    const bytesEach = encodeHistogram(meaningOf(at(0))).length;
    // The least bound that a batch has is 4 KiB.
    const fitting = Math.floor(4096 / bytesEach);
    const more = Array.from({ length: fitting + 1 }, (_, index) => at(index));
    expect(() => walkOnce([series({ __name__: 'a' }, [], more)], newBatch(1000, 4096))).toThrow(
      expect.objectContaining({
        code: 'ERR_WRITE_HISTOGRAM_BYTES_MAX',
        kind: 'too-large',
        context: { histogramBytesMax: 4096 },
      }),
    );
    const { batch } = walkOnce([series({ __name__: 'a' }, [], more.slice(1))], newBatch(1000, 4096));
    expect(batch.histogramCount).toBe(fitting);
  });
});

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
}

function lengthDelimited(field: number, bytes: Uint8Array | number[]): number[] {
  return [field * 8 + 2, ...varint(bytes.length), ...bytes];
}

/** Any field of the message, known or not, with a number, a double or a length that may be as large as can be. */
function randomField(random: SeededRandom): number[] {
  const continued = Array.from({ length: random.nextInt(12) }, () => 128 | random.nextInt(128));
  const number = [...continued, random.nextInt(128)];
  const tag = varint(random.nextInt(19) * 8 + random.nextInt(6));
  const tail = Array.from({ length: random.nextInt(12) }, () => random.nextInt(256));
  return [...tag, ...(random.nextInt(2) === 0 ? number : []), ...tail];
}

function mutate(bytes: Uint8Array, random: SeededRandom): number[] {
  const mutated = [...bytes];
  for (let count = 1 + random.nextInt(3); count > 0; count--) {
    const place = random.nextInt(mutated.length + 1);
    const kind = random.nextInt(5);
    if (kind === 0) mutated[place] = random.nextInt(256);
    else if (kind === 1) mutated.splice(place, 1 + random.nextInt(9));
    else if (kind === 2) mutated.splice(place, 0, ...randomField(random));
    else if (kind === 3) mutated.push(...randomField(random));
    else mutated.splice(place, random.nextInt(3), ...mutated.slice(place, place + random.nextInt(20)));
  }
  return mutated;
}

describe('damaged histograms', () => {
  it(`are invalid protobuf, refused, or valid; nothing else changes (seed ${SEED})`, () => {
    const random = new SeededRandom(SEED);
    const walk = new WriteWalk(KEY, { find: () => 5 }, DEFAULT_SERIES_LABEL_LIMITS);
    const [batch, tally] = [newBatch(), new RejectionTally()];
    const name = lengthDelimited(1, [
      ...lengthDelimited(1, Buffer.from('__name__')),
      ...lengthDelimited(2, [97]),
    ]);
    const sample = lengthDelimited(2, [0x10, 1]);
    const outcomes = { invalid: 0, refused: 0, kept: 0 };
    for (let round = 0; round < MUTATIONS; round++) {
      const damaged = mutate(histogramMessage(randomWireHistogram(random, AT_MS)), random);
      const good = histogramMessage(at(round));
      const fields = [name, lengthDelimited(4, good), lengthDelimited(4, damaged), sample];
      batch.clear();
      tally.clear();
      try {
        walk.walk(Uint8Array.from(lengthDelimited(1, fields.flat())), batch, tally);
      } catch (error) {
        assert(errorCode(error) === 'ERR_PROTOBUF_INVALID', 'the error is about protobuf', { round });
        outcomes.invalid++;
        continue;
      }
      const refused = tally.toArray().reduce((sum, { count }) => sum + count, 0);
      const codes = countsOf(tally).map(([code]) => code);
      expect([round, batch.sampleCount, batch.histogramCount + refused]).toEqual([round, 1, 2]);
      expect(codes.filter((code) => code !== 'ERR_HISTOGRAM_INVALID')).toEqual([]);
      for (let index = 0; index < batch.histogramCount; index++) {
        const histogram = decodeHistogram(batch.unsafeViewHistogram(index));
        expect([round, validateHistogram(histogram), batch.histogramRef(index)]).toEqual([round, null, 5]);
        expect(Buffer.from(encodeHistogram(histogram))).toEqual(
          Buffer.from(batch.unsafeViewHistogram(index)),
        );
      }
      outcomes[refused === 0 ? 'kept' : 'refused']++;
    }
    for (const count of Object.values(outcomes)) expect(count).toBeGreaterThan(MUTATIONS / 20);
  });
});
