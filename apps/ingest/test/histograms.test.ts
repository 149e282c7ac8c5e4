/** Native histograms over remote write: what is stored and outlives a kill, what is refused, what is counted. */
import { rm } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bucketsOf, emptyBuckets, type NativeHistogram, staleHistogram } from '@promontory/model';
import type { WireHistogram } from '@promontory/wire';
import { readStoredHistograms } from './stored-histograms.ts';
import { makeFolder, TestServer } from './test-server.ts';
import { exampleHistogram, type Sample, type SeriesToWrite } from './write-body.ts';

const nowMs = Date.now();
const HOUR_MS = 3_600_000;

let dataFolder = '';
let server: TestServer;

beforeEach(async () => {
  dataFolder = await makeFolder();
  server = await TestServer.start({ dataFolder });
});

afterEach(async () => {
  await server.stop('SIGKILL');
  await rm(dataFolder, { recursive: true });
});

function at(offsetMs: number, change: Partial<WireHistogram> = {}): WireHistogram {
  return { ...exampleHistogram(nowMs + offsetMs), ...change };
}

function series(name: string, histograms: readonly WireHistogram[], ...samples: Sample[]): SeriesToWrite {
  return { labels: { __name__: name, job: 'histograms' }, samples, histograms };
}

/** By the name of the metric: what is stored, once the server has ended. */
async function stored(): Promise<Record<string, [offsetMs: number, histogram: NativeHistogram][]>> {
  await server.stop();
  const found = await readStoredHistograms(dataFolder, 'job', 'histograms');
  return Object.fromEntries(
    found.map(({ labels, samples }) => [
      labels['__name__'],
      samples.map(({ timestampMs, histogram }) => [timestampMs - nowMs, histogram]),
    ]),
  );
}

async function restart(): Promise<void> {
  await server.stop('SIGKILL');
  server = await TestServer.start({ dataFolder });
}

const EXAMPLE: NativeHistogram = {
  isInteger: true,
  counterResetHint: 'unknown',
  schema: 0,
  zeroThreshold: 0.001,
  zeroCount: 0,
  count: 2,
  sum: 3,
  isStale: false,
  positive: bucketsOf([0], [2]),
  negative: emptyBuckets(),
  customValues: new Float64Array(0),
};

const KINDS: readonly [name: string, sent: Partial<WireHistogram>, kept: NativeHistogram][] = [
  ['integer', {}, EXAMPLE],
  [
    'buckets',
    {
      count: 12,
      zeroCount: 1,
      positiveSpans: [
        { offset: -5, length: 2 },
        { offset: 3, length: 1 },
      ],
      positiveBuckets: [4, -1, -2],
      negativeSpans: [{ offset: 1, length: 1 }],
      negativeBuckets: [3],
    },
    {
      ...EXAMPLE,
      count: 12,
      zeroCount: 1,
      positive: bucketsOf([-5, -4, 0], [4, 3, 1]),
      negative: bucketsOf([1], [3]),
    },
  ],
  [
    'float',
    { flavor: 'float', count: 2.5, positiveBuckets: [2.5], sum: Number.NaN },
    { ...EXAMPLE, isInteger: false, count: 2.5, positive: bucketsOf([0], [2.5]), sum: Number.NaN },
  ],
  [
    'custom',
    { schema: -53, zeroThreshold: 0, customValues: [0.1, 1] },
    { ...EXAMPLE, schema: -53, zeroThreshold: 0, customValues: Float64Array.of(0.1, 1) },
  ],
  ['reset', { resetHint: 1 }, { ...EXAMPLE, counterResetHint: 'reset' }],
  ['not_reset', { resetHint: 2 }, { ...EXAMPLE, counterResetHint: 'not-reset' }],
  ['gauge', { resetHint: 3 }, { ...EXAMPLE, counterResetHint: 'gauge' }],
  ['stale', { isStale: true }, staleHistogram(true)],
  ['stale_float', { isStale: true, flavor: 'float' }, staleHistogram(false)],
  [
    'finer_than_stored',
    { schema: 10, positiveSpans: [{ offset: 5, length: 1 }] },
    { ...EXAMPLE, schema: 8, positive: bucketsOf([2], [2]) },
  ],
];

describe('native histograms', () => {
  it('outlive a kill with every bucket, and are known again', async () => {
    const all = KINDS.map(([name, sent]) => series(name, [at(-1000), at(0, sent)]));
    await server.mustWrite(all);
    await restart();
    await server.mustWrite(all);
    expect([
      await server.metric('promontory_storage_samples_appended_total'),
      await server.metric('promontory_storage_samples_duplicate_total'),
      await server.metric('promontory_write_histograms_total'),
    ]).toEqual([0, 2 * KINDS.length, 2 * KINDS.length]);
    expect(await stored()).toEqual(
      Object.fromEntries(
        KINDS.map(([name, , kept]) => [
          name,
          [
            [-1000, EXAMPLE],
            [0, kept],
          ],
        ]),
      ),
    );
  });

  it('stand beside the floats of a series, one sample a time', async () => {
    await server.mustWrite([series('both', [at(-1), at(1)], [nowMs - 2, 5], [nowMs, 6])]);
    const clashing = [series('both', [at(0)], [nowMs - 1, 7]), series('both', [at(-1), at(2)])];
    const answer = await server.write(clashing);
    expect([answer.status, ...answer.text.split('\n').slice(0, 2)]).toEqual([
      400,
      'partial write: 0 samples, 2 histograms and 0 exemplars written, 2 rejected',
      expect.stringMatching(/^ERR_SAMPLE_DUPLICATE: 2 rejected/),
    ]);
    expect((await server.samples('both', '1h', nowMs + HOUR_MS / 2))[0]?.values).toEqual([
      [(nowMs - 2) / 1000, '5'],
      [nowMs / 1000, '6'],
    ]);
    expect(await stored()).toEqual({ both: [-1, 1, 2].map((offsetMs) => [offsetMs, EXAMPLE]) });
  });

  it('come out of order like other samples, and too old or too far ahead are refused like them', async () => {
    await server.mustWrite([series('late', [at(0), at(-HOUR_MS / 2), at(-HOUR_MS)])]);
    const answer = await server.write([series('late', [at(-HOUR_MS - 1), at(HOUR_MS), at(-500 * HOUR_MS)])]);
    expect(answer.text.split('\n').map((line) => line.split(',')[0])).toEqual([
      'partial write: 0 samples',
      'ERR_SAMPLE_TOO_FAR_IN_FUTURE: 1 rejected',
      'ERR_SAMPLE_TOO_OLD: 1 rejected',
      'ERR_SAMPLE_OUT_OF_ORDER: 1 rejected',
      '',
    ]);
    const { late } = await stored();
    expect(late?.map(([offsetMs]) => offsetMs)).toEqual([-HOUR_MS, -HOUR_MS / 2, 0]);
  });

  it('that are not valid are refused one by one, counted, and named', async () => {
    const bad = [
      at(1, { count: 5 }),
      at(2, { schema: 77 }),
      at(3, { positiveSpans: [{ offset: 0, length: 2 ** 32 - 1 }] }),
      at(4, { flavor: 'float', positiveBuckets: [-1] }),
      at(5, { schema: -53, zeroThreshold: 0, customValues: [Number.NaN] }),
    ];
    const answer = await server.write(
      [series('mixed', [at(0), ...bad, at(6)], [nowMs - 1, 1]), series('only_bad', bad.slice(0, 1))],
      { Accept: 'application/json' },
    );
    expect([answer.status, JSON.parse(answer.text)]).toMatchObject([
      400,
      {
        error: 'partial write: 1 samples, 2 histograms and 0 exemplars written, 6 rejected',
        written: { samples: 1, histograms: 2, exemplars: 0 },
        rejections: [
          {
            code: 'ERR_HISTOGRAM_INVALID',
            count: 6,
            example: `the histogram of series {__name__="mixed", job="histograms"} at ${nowMs + 1} ms counts 5 samples and has 2 in its buckets`,
          },
        ],
      },
    ]);
    const { text } = await server.request('/metrics');
    for (const line of [
      'promontory_write_samples_total 3',
      'promontory_write_histograms_total 2',
      'promontory_write_samples_rejected_total{reason="ERR_HISTOGRAM_INVALID"} 6',
      'promontory_storage_samples_appended_total 3',
      'promontory_storage_histograms_appended_total 2',
      'promontory_storage_series 1',
    ]) {
      expect(text).toContain(`${line}\n`);
    }
    expect(Object.keys(await stored())).toEqual(['mixed']);
  });
});

describe('a request with more bytes of histograms than may be', () => {
  it('is refused as a whole with 413', async () => {
    await server.stop();
    server = await TestServer.start({ dataFolder, flags: ['--write-decoded-bytes-max', '64KiB'] });
    // A difference of 0 takes one byte to send and the count itself, 2^38, six to keep: twice 96 KiB of at most 128.
    const bucketCount = 16_384;
    const flat = {
      count: 2 ** 52,
      positiveSpans: [{ offset: 0, length: bucketCount }],
      positiveBuckets: Array.from({ length: bucketCount }, (_, index) => (index === 0 ? 2 ** 38 : 0)),
    };
    await server.mustWrite([series('one', [at(0, flat)])]);
    const answer = await server.write([series('two', [at(0, flat), at(1, flat)], [nowMs - 1, 1])]);
    expect([answer.status, answer.text]).toEqual([
      413,
      expect.stringContaining('native histograms take more than 131072 bytes'),
    ]);
    expect(await server.metric('promontory_write_samples_total')).toBe(1);
    expect(
      await server.metric('promontory_write_requests_failed_total{reason="ERR_WRITE_HISTOGRAM_BYTES_MAX"}'),
    ).toBe(1);
    expect(Object.keys(await stored())).toEqual(['one']);
  });
});
