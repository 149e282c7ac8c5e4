import { errorCode, SeededRandom } from '@promontory/base';
import { RejectionTally } from '@promontory/model';
import { describe, expect, it } from 'vitest';
import { decodeWriteRequest, encodeWriteRequest, type WireLabel } from '../proto/index.ts';
import { DEFAULT_SERIES_LABEL_LIMITS } from './series-labels.ts';
import {
  KEY,
  MapLookup,
  meaningOfSeries,
  metadataText,
  newBatch,
  randomSeries,
  Understanding,
} from './write-walk-test-values.ts';
import type { SeriesLookup } from './series-resolver.ts';
import { WriteWalk } from './write-walk.ts';

const SEED = Number(process.env['PROMONTORY_FUZZ_SEED'] ?? 20_261_121);
const MUTATIONS = Number(process.env['PROMONTORY_FUZZ_ROUNDS'] ?? 20_000);

/** What the cold decoder reads. */
function reference(bytes: Uint8Array): string[] {
  const { series, metadata } = decodeWriteRequest(bytes);
  return [...meaningOfSeries(series), ...metadata.map((said) => metadataText(said.metricFamilyName, said))];
}

function newUnderstanding(): Understanding {
  return new Understanding((lookup) => new WriteWalk(KEY, lookup, DEFAULT_SERIES_LABEL_LIMITS));
}

function randomRequest(random: SeededRandom, seriesMax: number): Uint8Array {
  const series = Array.from({ length: random.nextInt(seriesMax) }, () => randomSeries(random));
  const metadata =
    random.nextInt(3) === 0 ? [{ metricFamilyName: 'a', type: 'counter' as const, help: 'h', unit: '' }] : [];
  return encodeWriteRequest({ series, metadata });
}

describe('WriteWalk', () => {
  it(`understands requests as the generated decoder does, first and again (seed ${SEED})`, () => {
    const random = new SeededRandom(SEED);
    const understanding = newUnderstanding();
    for (let round = 0; round < 400; round++) {
      const bytes = randomRequest(random, 20);
      const expected = reference(bytes);
      expect(understanding.walk(bytes)).toEqual(expected);
      expect(understanding.walk(bytes)).toEqual(expected);
      expect(understanding.newSeriesCount).toBe(0);
    }
  });

  it(`answers damaged requests with ERR_PROTOBUF_INVALID or an understanding (seed ${SEED})`, () => {
    const random = new SeededRandom(SEED);
    const understanding = newUnderstanding();
    const errors: unknown[] = [];
    for (let round = 0; round < MUTATIONS; round++) {
      const bytes = Uint8Array.from(randomRequest(random, 4));
      for (let flips = 1 + random.nextInt(3); flips > 0 && bytes.length > 0; flips--) {
        bytes[random.nextInt(bytes.length)] = random.nextInt(256);
      }
      const cut = random.nextInt(4) === 0 ? bytes.subarray(0, random.nextInt(bytes.length + 1)) : bytes;
      try {
        understanding.walk(cut);
      } catch (error) {
        errors.push(error);
      }
    }
    const others = errors.filter((error) => errorCode(error) !== 'ERR_PROTOBUF_INVALID');
    expect(others).toEqual([]);
    expect(errors.length).toBeGreaterThan(MUTATIONS / 10);
  });

  it('asks the store once for a run of labels, however long these are', () => {
    const found: string[] = [];
    const lookup: SeriesLookup = {
      find: (lane0, lane1, lane2) => {
        found.push([lane0, lane1, lane2].join());
        return found.length;
      },
    };
    const walk = new WriteWalk(KEY, lookup, DEFAULT_SERIES_LABEL_LIMITS);
    const batch = newBatch(16);
    for (let length = 1; length < 400; length++) {
      const labels = [
        { name: '__name__', value: 'm' },
        { name: 'n'.repeat(1 + (length % 127)), value: 'v'.repeat(length) },
      ];
      const one = {
        labels,
        timestampMs: Float64Array.of(1),
        value: Float64Array.of(1),
        exemplars: [],
        histograms: [],
      };
      for (let repeat = 0; repeat < 3; repeat++) {
        batch.clear();
        walk.walk(encodeWriteRequest({ series: [one], metadata: [] }), batch, new RejectionTally());
        expect([length, found.length, batch.ref[0]]).toEqual([length, length, length]);
      }
    }
    expect(new Set(found).size).toBe(found.length);
  });

  it('tells series apart whose labels do not come first, or not in one piece', () => {
    const label = (name: string, value: string): Buffer =>
      Buffer.concat([
        Buffer.from([0x0a, 4 + name.length + value.length, 0x0a, name.length]),
        Buffer.from(name),
        Buffer.from([0x12, value.length]),
        Buffer.from(value),
      ]);
    const sample = Buffer.from([0x12, 2, 0x10, 1]);
    const message = (...parts: Buffer[]): Buffer => {
      const body = Buffer.concat(parts);
      return Buffer.concat([Buffer.from([0x0a, body.length]), body]);
    };
    const name = label('__name__', 'metric');
    const understanding = newUnderstanding();
    const request = Buffer.concat(
      ['a', 'b'].flatMap((job) => [
        message(sample, name, label('job', job)),
        message(name, label('longer_name', 'longer value'), sample, label('job', job)),
        message(name, sample, label('job', job)),
      ]),
    );
    const expected = ['a', 'b'].flatMap((job) => [
      `metric{job="${job}"} 1 0,0 since 0`,
      `metric{job="${job}", longer_name="longer value"} 1 0,0 since 0`,
      `metric{job="${job}"} 1 0,0 since 0`,
    ]);
    for (let repeat = 0; repeat < 3; repeat++) expect(understanding.walk(request)).toEqual(expected);
  });

  it('counts what it refuses by code, with the rest kept', () => {
    const one = { timestampMs: Float64Array.of(1), value: Float64Array.of(1), exemplars: [], histograms: [] };
    const label = (name: string, value: string): WireLabel => ({ name, value });
    const name = label('__name__', 'm');
    const understanding = newUnderstanding();
    const bytes = encodeWriteRequest({
      metadata: [],
      series: [
        { ...one, labels: [name, label('ok', '1')] },
        { ...one, labels: [label('a', 'b')] },
        { ...one, labels: [name, label('a', 'b'), label('a', 'b')] },
        { ...one, labels: [name, label('', 'b')] },
        { ...one, labels: [name, label('n'.repeat(513), 'b')] },
        { ...one, labels: [name, label('n', 'b'.repeat(4097))] },
        { ...one, labels: [name, ...Array.from({ length: 64 }, (_, index) => label(`l${index}`, 'v'))] },
      ],
    });
    expect(understanding.walk(bytes)).toHaveLength(1);
    expect(understanding.tally.toArray().map(({ code, count }) => [code, count])).toEqual([
      ['ERR_SERIES_METRIC_NAME_MISSING', 1],
      ['ERR_LABEL_DUPLICATE', 1],
      ['ERR_LABEL_NAME_EMPTY', 1],
      ['ERR_LABEL_NAME_BYTES_MAX', 1],
      ['ERR_LABEL_VALUE_BYTES_MAX', 1],
      ['ERR_SERIES_LABELS_MAX', 1],
    ]);
    expect(understanding.tally.toArray()[1]?.example).toBe(
      'series {__name__="m", a="b", a="b"} has two labels a',
    );
  });

  it('refuses too many labels in time that grows with the bytes, not with the labels squared', () => {
    const costMsOf = (labelCount: number): number => {
      const labels = Array.from({ length: labelCount }, (_, index) => ({
        name: String(1e7 - index),
        value: '',
      }));
      const bytes = encodeWriteRequest({
        series: [
          {
            labels,
            timestampMs: Float64Array.of(1),
            value: Float64Array.of(1),
            exemplars: [],
            histograms: [],
          },
        ],
        metadata: [],
      });
      let leastMs = Number.POSITIVE_INFINITY;
      for (let round = 0; round < 5; round++) {
        const tally = new RejectionTally();
        const walk = new WriteWalk(KEY, new MapLookup(), DEFAULT_SERIES_LABEL_LIMITS);
        const batch = newBatch(16);
        const startMs = performance.now();
        walk.walk(bytes, batch, tally);
        leastMs = Math.min(leastMs, performance.now() - startMs);
        expect(tally.toArray()[0]).toMatchObject({
          code: 'ERR_SERIES_LABELS_MAX',
          example: expect.stringContaining('has more than 64 labels') as string,
        });
      }
      return leastMs;
    };
    costMsOf(2000);
    expect(costMsOf(20_000) / costMsOf(2000)).toBeLessThan(40);
  });

  it('refuses invalid UTF-8 and more samples than the batch may hold', () => {
    const series = {
      labels: [
        { name: '__name__', value: 'm' },
        { name: 'x', value: 'ABC' },
      ],
      timestampMs: Float64Array.from({ length: 20 }, (_, index) => index),
      value: new Float64Array(20),
      exemplars: [],
      histograms: [],
    };
    const bytes = encodeWriteRequest({ series: [series], metadata: [] });
    const walk = new WriteWalk(KEY, new MapLookup(), DEFAULT_SERIES_LABEL_LIMITS);
    expect(() => walk.walk(bytes, newBatch(16), new RejectionTally())).toThrow(
      expect.objectContaining({ code: 'ERR_WRITE_SAMPLES_MAX', kind: 'too-large' }),
    );
    const broken = Buffer.from(bytes);
    broken[broken.indexOf('ABC')] = 0xff;
    const tally = new RejectionTally();
    walk.walk(broken, newBatch(), tally);
    expect(tally.toArray()[0]).toMatchObject({ code: 'ERR_LABEL_UTF8_INVALID', count: 20 });
  });
});
