import { ERR_HISTOGRAM_INVALID, type NativeHistogram } from '@promontory/model';
import { describe, expect, it } from 'vitest';
import { ERR_OTLP_BUCKETS_MAX, ERR_OTLP_SCALE } from '../error-codes.ts';
import { decodeRequestJson } from '../json/request-decoder.ts';
import { attributes, requestOf, seriesTexts, TEST_TIME_MS, testTime } from '../otlp-test-values.ts';
import { encodeTestJson } from '../proto/request-test-encoder.ts';
import { DEFAULT_OTLP_TRANSLATION_OPTIONS, type OtlpTranslationOptions } from './options.ts';
import type { Translation } from './translation.ts';
import { translateRequest } from './translator.ts';

function translate(metric: object, options: Partial<OtlpTranslationOptions> = {}): Translation {
  return translateRequest(decodeRequestJson(encodeTestJson(requestOf([metric]))), options);
}

function explicit(point: object): object {
  const dataPoints = [{ timeUnixNano: testTime(), ...point }];
  return { name: 'h', unit: 's', histogram: { aggregationTemporality: 2, dataPoints } };
}

function exponential(point: object): object {
  const dataPoints = [{ timeUnixNano: testTime(), sum: 1, ...point }];
  return { name: 'h', exponentialHistogram: { aggregationTemporality: 2, dataPoints } };
}

/** The first histogram, its buckets as [index, count]. */
function nativeOf({ series }: Translation): NativeHistogram & { buckets: Record<string, number[][]> } {
  const histogram = series[0]?.histograms[0]?.histogram;
  if (histogram === undefined) throw new TypeError('no histogram');
  const pairs = ({ spanOffsets, spanLengths, counts }: NativeHistogram['positive']): number[][] => {
    const found: number[][] = [];
    let index = 0;
    for (const [span, offset] of spanOffsets.entries()) {
      index += offset;
      for (let left = spanLengths[span] ?? 0; left > 0; left--)
        found.push([index++, counts[found.length] ?? 0]);
    }
    return found;
  };
  return {
    ...histogram,
    buckets: { positive: pairs(histogram.positive), negative: pairs(histogram.negative) },
  };
}

function rejectionCodes({ rejections }: Translation): string[] {
  return rejections.map(({ code }) => code);
}

describe('histograms with explicit bounds', () => {
  it('become series of cumulative buckets, a sum and a count', () => {
    const point = {
      startTimeUnixNano: testTime(-9),
      count: '10',
      sum: 12.5,
      bucketCounts: ['1', '2', '3', '4'],
      explicitBounds: [-1, 0.0000005, 1e21],
      attributes: attributes({ le: 'own', a: 'b' }),
    };
    const { series, metadata } = translate(explicit(point));
    expect(seriesTexts(series)).toEqual([
      'h_seconds_sum{a="b", le="own"} 12.5@0 from -9',
      'h_seconds_count{a="b", le="own"} 10@0 from -9',
      'h_seconds_bucket{a="b", le="-1"} 1@0 from -9',
      'h_seconds_bucket{a="b", le="0.0000005"} 3@0 from -9',
      'h_seconds_bucket{a="b", le="1000000000000000000000"} 6@0 from -9',
      'h_seconds_bucket{a="b", le="+Inf"} 10@0 from -9',
    ]);
    expect(metadata).toEqual([{ metricName: 'h_seconds', type: 'histogram', unit: 'seconds', help: '' }]);
  });

  it.each([
    ['no sum and no buckets', { count: '3' }, ['h_seconds_count 3@0', 'h_seconds_bucket{le="+Inf"} 3@0']],
    [
      'more bounds than counts',
      { count: '3', sum: 0, bucketCounts: ['3'], explicitBounds: [1, 2] },
      [
        'h_seconds_sum 0@0',
        'h_seconds_count 3@0',
        'h_seconds_bucket{le="1"} 3@0',
        'h_seconds_bucket{le="+Inf"} 3@0',
      ],
    ],
    [
      'a bound of its own for +Inf',
      { count: '3', bucketCounts: ['1', '2', '0'], explicitBounds: [1, 'Infinity'] },
      ['h_seconds_count 3@0', 'h_seconds_bucket{le="1"} 1@0', 'h_seconds_bucket{le="+Inf"} 3@0'],
    ],
    [
      'no recorded value',
      { flags: 1, sum: 1, bucketCounts: ['1', '2'], explicitBounds: [1] },
      [
        'h_seconds_sum stale@0',
        'h_seconds_count stale@0',
        'h_seconds_bucket{le="1"} stale@0',
        'h_seconds_bucket{le="+Inf"} stale@0',
      ],
    ],
    [
      'counts beyond 2^53',
      { count: '18446744073709551615', bucketCounts: ['18446744073709551615', '0'], explicitBounds: [1] },
      [
        'h_seconds_count 18446744073709552000@0',
        'h_seconds_bucket{le="1"} 18446744073709552000@0',
        'h_seconds_bucket{le="+Inf"} 18446744073709552000@0',
      ],
    ],
  ])('with %s', (_what, point, want) => {
    expect(seriesTexts(translate(explicit(point)).series)).toEqual(want);
  });

  it('give exemplars to the bucket of their value', () => {
    const exemplars = [
      { asDouble: 5 },
      { asInt: '1' },
      { asDouble: 0.5 },
      { asDouble: 'NaN' },
      { asDouble: 9 },
    ].map((value) => ({ ...value, timeUnixNano: testTime(1) }));
    const point = { count: '4', bucketCounts: ['1', '1', '2'], explicitBounds: [1, 5], exemplars };
    const byBucket = translate(explicit(point)).series.map(({ labels, exemplars: found }) => [
      labels.get('le'),
      found.map(({ value }) => value),
    ]);
    expect(byBucket).toEqual([
      ['', []],
      ['1', [1, 0.5]],
      ['5', [5]],
      ['+Inf', [Number.NaN, 9]],
    ]);
  });
});

describe('histograms with explicit bounds as native ones', () => {
  const options = { convertHistogramsToNhcb: true };

  it('keep their bounds and the buckets that count something', () => {
    const point = {
      startTimeUnixNano: testTime(-9),
      count: '6',
      sum: 12.5,
      bucketCounts: ['0', '2', '0', '4'],
      explicitBounds: [-1, 0, 5],
    };
    const translation = translate(explicit(point), options);
    expect(seriesTexts(translation.series)).toEqual(['h_seconds histogram 6@0 from -9']);
    const histogram = nativeOf(translation);
    expect(histogram).toMatchObject({
      isInteger: true,
      schema: -53,
      counterResetHint: 'unknown',
      zeroCount: 0,
      zeroThreshold: 0,
      sum: 12.5,
    });
    expect([...histogram.customValues]).toEqual([-1, 0, 5]);
    expect(histogram.buckets).toEqual({
      positive: [
        [1, 2],
        [3, 4],
      ],
      negative: [],
    });
  });

  it('count in one bucket when there are none', () => {
    const histogram = nativeOf(translate(explicit({ count: '6', sum: 1 }), options));
    expect(histogram.buckets).toEqual({ positive: [[0, 6]], negative: [] });
    expect(histogram.customValues).toHaveLength(0);
  });

  it('are markers of staleness', () => {
    expect(seriesTexts(translate(explicit({ flags: 1 }), options).series)).toEqual([
      'h_seconds stale histogram 0@0',
    ]);
  });

  it.each([
    [
      'a count that is not the sum of the buckets',
      { count: '5', bucketCounts: ['1', '2'], explicitBounds: [1] },
    ],
    ['bounds that do not ascend', { count: '3', bucketCounts: ['1', '1', '1'], explicitBounds: [2, 1] }],
    ['too few bounds', { count: '3', bucketCounts: ['1', '1', '1'], explicitBounds: [2] }],
    ['an infinite bound', { count: '2', bucketCounts: ['1', '1'], explicitBounds: ['Infinity'] }],
    ['a count beyond 2^53', { count: '9007199254740993', bucketCounts: ['9007199254740993'] }],
  ])('are refused with %s', (_what, point) => {
    const translation = translate(explicit(point), options);
    expect(rejectionCodes(translation)).toEqual([ERR_HISTOGRAM_INVALID]);
    expect(translation.series).toEqual([]);
  });

  it('are remarked on when they count nothing and have a sum', () => {
    const { series, warnings } = translate(explicit({ sum: 1, bucketCounts: ['0'] }), options);
    expect(series).toHaveLength(1);
    expect(warnings.map(({ category }) => category)).toEqual(['histogram_zero_count_non_zero_sum']);
  });
});

describe('exponential histograms', () => {
  it('move their buckets up by one', () => {
    const histogram = nativeOf(
      translate(
        exponential({
          count: '17',
          sum: 99,
          scale: 2,
          zeroCount: '2',
          zeroThreshold: 0.25,
          positive: { offset: -3, bucketCounts: ['1', '0', '0', '4'] },
          negative: { offset: 5, bucketCounts: ['3', '7'] },
        }),
      ),
    );
    expect(histogram).toMatchObject({ schema: 2, count: 17, sum: 99, zeroCount: 2, zeroThreshold: 0.25 });
    expect(histogram.buckets).toEqual({
      positive: [
        [-2, 1],
        [1, 4],
      ],
      negative: [
        [6, 3],
        [7, 7],
      ],
    });
  });

  it('have a zero threshold when the sender gives none', () => {
    expect(nativeOf(translate(exponential({}))).zeroThreshold).toBe(1e-128);
    expect(nativeOf(translate(exponential({ zeroThreshold: -1 }))).zeroThreshold).toBe(1e-128);
  });

  // Bucket i of scale 8 + k lies in bucket (i >> k) + 1 of schema 8.
  it.each([
    [
      8,
      -2,
      ['1', '2', '3', '4'],
      [
        [-1, 1],
        [0, 2],
        [1, 3],
        [2, 4],
      ],
    ],
    [
      9,
      -3,
      ['1', '2', '3', '4'],
      [
        [-1, 1],
        [0, 5],
        [1, 4],
      ],
    ],
    [
      10,
      -5,
      ['1', '2', '3', '4', '5', '6'],
      [
        [-1, 1],
        [0, 14],
        [1, 6],
      ],
    ],
    [
      10,
      3,
      ['1', '2', '0', '0', '0', '3'],
      [
        [1, 1],
        [2, 2],
        [3, 3],
      ],
    ],
    [
      20,
      -2,
      ['1', '2', '3', '4'],
      [
        [0, 3],
        [1, 7],
      ],
    ],
    [
      2_147_483_647,
      -2,
      ['1', '2', '3', '4'],
      [
        [0, 3],
        [1, 7],
      ],
    ],
    [
      -4,
      -1,
      ['1', '2'],
      [
        [0, 1],
        [1, 2],
      ],
    ],
  ])('of scale %d at %d', (scale, offset, bucketCounts, positive) => {
    const count = String(bucketCounts.reduce((sum, each) => sum + Number(each), 0));
    const histogram = nativeOf(translate(exponential({ scale, count, positive: { offset, bucketCounts } })));
    expect(histogram.schema).toBe(Math.min(scale, 8));
    expect(histogram.buckets).toEqual({ positive, negative: [] });
  });

  it.each([
    ['scale -5', { scale: -5 }, ERR_OTLP_SCALE],
    ['counts that do not add up', { count: '1' }, ERR_HISTOGRAM_INVALID],
    ['an infinite zero threshold', { zeroThreshold: 'Infinity' }, ERR_HISTOGRAM_INVALID],
    [
      'an index beyond 31 bits',
      { count: '1', positive: { offset: 2_147_483_647, bucketCounts: ['1'] } },
      ERR_HISTOGRAM_INVALID,
    ],
    [
      'counts beyond 2^53',
      { count: '9007199254740993', zeroCount: '9007199254740993' },
      ERR_HISTOGRAM_INVALID,
    ],
  ])('are refused with %s', (_what, point, code) => {
    const translation = translate(exponential(point));
    expect(rejectionCodes(translation)).toEqual([code]);
    expect(translation.series).toEqual([]);
  });

  it('take the least index that storage holds', () => {
    const point = { count: '1', positive: { offset: -2_147_483_647, bucketCounts: ['1'] } };
    expect(nativeOf(translate(exponential(point))).buckets['positive']).toEqual([[-2_147_483_646, 1]]);
  });

  it('may count fewer in buckets when the sum is NaN', () => {
    expect(rejectionCodes(translate(exponential({ count: '1', sum: 'NaN' })))).toEqual([]);
  });

  it('are markers of staleness, whatever else they say', () => {
    const { series } = translate(exponential({ flags: 1, scale: -9, count: '5' }));
    expect(seriesTexts(series)).toEqual(['h stale histogram 0@0']);
  });

  it('carry their exemplars', () => {
    const exemplars = [{ asDouble: 1, timeUnixNano: testTime(2) }];
    expect(translate(exponential({ exemplars })).series[0]?.exemplars).toMatchObject([
      { value: 1, timestampMs: TEST_TIME_MS + 2 },
    ]);
  });
});

it('summaries become quantiles, a sum and a count', () => {
  const quantileValues = [{ value: 1 }, { quantile: 0.999, value: 2 }, { quantile: 1, value: 'NaN' }];
  const dataPoints = [
    { timeUnixNano: testTime(), count: '4', sum: 8, quantileValues },
    { timeUnixNano: testTime(1), flags: 1, quantileValues: [{ quantile: 0.999, value: 2 }] },
  ];
  const { series, metadata } = translate({ name: 's', unit: 'ms', summary: { dataPoints } });
  expect(seriesTexts(series)).toEqual([
    's_milliseconds_sum 8@0 stale@1',
    's_milliseconds_count 4@0 stale@1',
    's_milliseconds{quantile="0"} 1@0',
    's_milliseconds{quantile="0.999"} 2@0 stale@1',
    's_milliseconds{quantile="1"} NaN@0',
  ]);
  expect(metadata).toEqual([
    { metricName: 's_milliseconds', type: 'summary', unit: 'milliseconds', help: '' },
  ]);
});

it('more buckets or quantiles than the limit are refused', () => {
  const limits = { ...DEFAULT_OTLP_TRANSLATION_OPTIONS.limits, bucketsMax: 2 };
  const bucketCounts = ['0', '0', '0'];
  const quantileValues = [{}, {}, {}];
  const metrics = [
    explicit({ bucketCounts, explicitBounds: [1, 2] }),
    exponential({ positive: { bucketCounts: ['0', '0'] }, negative: { bucketCounts: ['0'] } }),
    { name: 's', summary: { dataPoints: [{ timeUnixNano: testTime(), quantileValues }] } },
  ];
  for (const metric of metrics)
    expect(rejectionCodes(translate(metric, { limits }))).toEqual([ERR_OTLP_BUCKETS_MAX]);
  const nhcb = translate(metrics[0] ?? {}, { limits, convertHistogramsToNhcb: true });
  expect(rejectionCodes(nhcb)).toEqual([ERR_OTLP_BUCKETS_MAX]);
});
