/**
 * Bodies of OTLP with random damage against the walk: each gives a batch whose every part can be read, or an error of
 * ours that tells the sender not to send it again; and a whole body after it is read as ever. `PROMONTORY_FUZZ_SEED`
 * repeats a run.
 */
import { gzipSync } from 'node:zlib';
import { assert, errorMessage, PromontoryError, SeededRandom } from '@promontory/base';
import {
  allocateSampleBatch,
  decodeHistogram,
  decodeLabelBytes,
  encodeLabelBytes,
  Labels,
  METRIC_NAME,
  RejectionTally,
  SampleBatch,
  validateHistogram,
} from '@promontory/model';
import { DEFAULT_OTLP_TRANSLATION_OPTIONS, type OtlpTranslationOptions } from '@promontory/otlp';
import { DEFAULT_SERIES_LABEL_LIMITS, gunzip, SeriesIntake } from '@promontory/wire';
import { describe, expect, it } from 'vitest';
import {
  exportOf,
  nanoseconds,
  OTLP_ENCODINGS,
  type OtlpBodyEncoding,
  otlpBody,
  stringAttributes,
} from '../../test/otlp-body.ts';
import { OtlpWalk } from './otlp-walk.ts';

const SEED = Number(process.env['PROMONTORY_FUZZ_SEED'] ?? Date.now() % 2 ** 31);
const ROUNDS = Number(process.env['PROMONTORY_FUZZ_ROUNDS'] ?? 1500);
const NOW_MS = 1_700_000_000_000;
const CUMULATIVE = 2;
const INFLATED_BYTES_MAX = 1 << 20;
const KEY = Int32Array.of(1, 2, 3);

const TIMES = { startTimeUnixNano: nanoseconds(NOW_MS - 1000), timeUnixNano: nanoseconds(NOW_MS) };
const POINT = { ...TIMES, attributes: stringAttributes({ 'http.method': 'GET', zone: 'ü' }) };
const EXEMPLARS = [
  {
    timeUnixNano: nanoseconds(NOW_MS),
    asDouble: 1.5,
    traceId: '0102030405060708090a0b0c0d0e0f10',
    filteredAttributes: stringAttributes({ user: 'x' }),
  },
];
const REQUEST = exportOf(
  [
    {
      name: 'gauge',
      unit: 's',
      gauge: {
        dataPoints: [
          { ...POINT, asDouble: 1 },
          { ...POINT, flags: 1 },
        ],
      },
    },
    {
      name: 'sum',
      sum: {
        aggregationTemporality: CUMULATIVE,
        isMonotonic: true,
        dataPoints: [{ ...POINT, asInt: '5', exemplars: EXEMPLARS }],
      },
    },
    {
      name: 'histogram',
      description: 'help',
      histogram: {
        aggregationTemporality: CUMULATIVE,
        dataPoints: [{ ...POINT, count: '3', sum: 4, bucketCounts: ['1', '2'], explicitBounds: [1] }],
      },
    },
    {
      name: 'exponential',
      exponentialHistogram: {
        aggregationTemporality: CUMULATIVE,
        dataPoints: [
          {
            ...POINT,
            count: '4',
            sum: 4,
            scale: 3,
            zeroCount: '1',
            positive: { offset: 1, bucketCounts: ['1', '2'] },
          },
        ],
      },
    },
    {
      name: 'summary',
      summary: {
        dataPoints: [{ ...POINT, count: '1', sum: 2, quantileValues: [{ quantile: 0.5, value: 1 }] }],
      },
    },
  ],
  { 'service.name': 'shop', 'host.name': 'h' },
);
const DATA_POINTS = 6;

class Walked {
  readonly batch = new SampleBatch(allocateSampleBatch({ samplesMax: 1 << 12, labelBytesMax: 1 << 18 }));
  readonly tally = new RejectionTally();
  readonly leftOut = new RejectionTally();
  readonly walk: OtlpWalk;

  constructor(encoding: OtlpBodyEncoding, options: Partial<OtlpTranslationOptions>) {
    const all = { ...DEFAULT_OTLP_TRANSLATION_OPTIONS, ...options };
    const intake = new SeriesIntake(KEY, { find: () => 0 }, DEFAULT_SERIES_LABEL_LIMITS);
    this.walk = new OtlpWalk(encoding, intake, all);
  }

  run(bytes: Uint8Array): void {
    this.batch.clear();
    this.tally.clear();
    this.leftOut.clear();
    this.walk.walk(bytes, this.batch, this.tally, this.leftOut);
  }

  /** Everything that storage will read. */
  check(): void {
    const { batch } = this;
    const checkRef = (ref: number): void => assert(ref < 0 && -ref <= batch.newSeriesCount, 'a ref', { ref });
    for (let index = 0; index < batch.newSeriesCount; index++) {
      const bytes = batch.unsafeViewLabelBytes(index).slice();
      const labels = decodeLabelBytes(bytes);
      assert(labels.has(METRIC_NAME), 'a series has a name');
      const sorted = Labels.fromEntries(labels.entries());
      assert(Buffer.compare(encodeLabelBytes(sorted), bytes) === 0, 'labels are canonical');
    }
    for (let index = 0; index < batch.sampleCount; index++) {
      checkRef(batch.ref[index]!);
      const timestampMs = batch.timestampMs[index]!;
      assert(Number.isSafeInteger(timestampMs) && timestampMs > 0, 'a time', { timestampMs });
      assert(batch.startOf(index) <= timestampMs, 'a start');
    }
    for (let index = 0; index < batch.histogramCount; index++) {
      checkRef(batch.histogramRef(index));
      const fault = validateHistogram(decodeHistogram(batch.unsafeViewHistogram(index)));
      assert(fault === null, 'a histogram is valid', { fault: fault?.text ?? '' });
    }
    for (let index = 0; index < batch.extras.exemplarCount; index++) {
      checkRef(batch.extras.exemplarRef(index));
      decodeLabelBytes(batch.extras.unsafeViewExemplarLabels(index).slice());
    }
    for (let index = 0; index < batch.extras.metadataCount; index++) batch.extras.metadata(index);
  }

  get counts(): number[] {
    const { sampleCount, histogramCount, newSeriesCount, extras } = this.batch;
    const { dataPoints } = this.walk;
    return [
      sampleCount,
      histogramCount,
      newSeriesCount,
      extras.exemplarCount,
      extras.metadataCount,
      dataPoints,
    ];
  }
}

/** Flips, cuts, doubles or fills a few places. */
function damage(bytes: Uint8Array, random: SeededRandom): Buffer {
  let damaged = Buffer.from(bytes);
  for (let count = 1 + random.nextInt(3); count > 0; count--) {
    const at = random.nextInt(damaged.length + 1);
    const end = Math.min(damaged.length, at + random.nextInt(12));
    const kind = random.nextInt(6);
    if (kind <= 1) damaged[at] = random.nextInt(256);
    else if (kind === 2) damaged = Buffer.concat([damaged.subarray(0, at), damaged.subarray(end)]);
    else if (kind === 3) damaged = Buffer.concat([damaged.subarray(0, end), damaged.subarray(at)]);
    else if (kind === 4) damaged.fill(random.nextInt(2) * 255, at, end);
    else damaged = damaged.subarray(0, end);
  }
  return damaged;
}

/** @returns whether it did what it should @throws what is not ours */
function passes(run: () => void): boolean {
  try {
    run();
    return true;
  } catch (error) {
    const isExpected =
      error instanceof PromontoryError && (error.kind === 'bad-data' || error.kind === 'too-large');
    if (!isExpected) throw new Error(`seed ${SEED}: ${errorMessage(error)}`, { cause: error });
    return false;
  }
}

const WAYS = OTLP_ENCODINGS.flatMap((encoding) => [
  { encoding, options: {} },
  { encoding, options: { convertHistogramsToNhcb: true, translationStrategy: 'NoTranslation' as const } },
]);

describe.each(WAYS)('damaged $encoding with $options', ({ encoding, options }) => {
  it('gives batches that can be read, or errors of ours, and harms no body after it', () => {
    const random = new SeededRandom(SEED);
    const whole = otlpBody(encoding, REQUEST);
    const walked = new Walked(encoding, options);
    walked.run(whole);
    const wanted = walked.counts;
    expect([wanted.at(-1), walked.tally.isEmpty, walked.leftOut.isEmpty]).toEqual([DATA_POINTS, true, true]);
    let read = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const bytes = damage(whole, random);
      if (passes(() => walked.run(bytes))) {
        walked.check();
        read++;
      }
      if (round % 50 === 0) {
        walked.run(whole);
        const { counts } = walked;
        assert(counts.join() === wanted.join(), 'a whole body is read as ever', { counts: counts.join() });
      }
    }
    // Else nothing but the decoders' errors was tried.
    expect(read).toBeGreaterThan(ROUNDS / 50);
  });
});

it('damaged gzip gives bytes within the bound, or errors of ours', () => {
  const random = new SeededRandom(SEED);
  const whole = gzipSync(otlpBody('json', REQUEST));
  for (let round = 0; round < ROUNDS; round++) {
    const bytes = damage(whole, random);
    passes(() => expect(gunzip(bytes, INFLATED_BYTES_MAX).length).toBeLessThanOrEqual(INFLATED_BYTES_MAX));
  }
});
