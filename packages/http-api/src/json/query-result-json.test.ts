import { bucketsOf, emptyBuckets, Labels, type NativeHistogram } from '@promontory/model';
import type { QueryValue } from '@promontory/promql';
import { describe, expect, it } from 'vitest';
import { JsonWriter } from './json-writer.ts';
import { estimateQueryValueBytes, writeQueryValue } from './query-result-json.ts';

function render(value: QueryValue): string {
  const writer = new JsonWriter(1);
  writeQueryValue(writer, value);
  return new TextDecoder().decode(writer.finish());
}

/** Bodies as Prometheus 3.5 sends them. */
const NO_BUCKETS = { zeroCount: 0, positive: emptyBuckets(), negative: emptyBuckets() };

/** Buckets (1,2]: 3, (2,4]: 0, (4,8]: 1, [-2,-1): 2 and [-0.5,0.5]: 3. */
const HISTOGRAM: NativeHistogram = {
  isInteger: true,
  counterResetHint: 'unknown',
  schema: 0,
  zeroThreshold: 0.5,
  zeroCount: 3,
  count: 9,
  sum: 1.5,
  isStale: false,
  positive: bucketsOf([1, 2, 3], [3, 0, 1]),
  negative: bucketsOf([1], [2]),
  customValues: new Float64Array(0),
};
const HISTOGRAM_JSON =
  '{"count":"9","sum":"1.5","buckets":[[1,"-2","-1","2"],[3,"-0.5","0.5","3"],[0,"1","2","3"],[0,"4","8","1"]]}';

const CASES: readonly [name: string, value: QueryValue, body: string][] = [
  [
    'a scalar in full, its time as the shortest decimal',
    { type: 'scalar', timestampMs: 1_435_781_430_500, value: 1e21 },
    '"resultType":"scalar","result":[1435781430.5,"1000000000000000000000"]',
  ],
  [
    'a string',
    { type: 'string', timestampMs: 1000, value: '<a> "b"' },
    '"resultType":"string","result":[1,"\\u003ca\\u003e \\"b\\""]',
  ],
  ['an empty vector', { type: 'vector', timestampMs: 5, samples: [] }, '"resultType":"vector","result":[]'],
  [
    'a vector, __name__ in its sorted place',
    {
      type: 'vector',
      timestampMs: 1_435_781_430_500,
      samples: [
        { labels: Labels.fromObject({ __name__: 'up', Job: 'x', job: '<é>' }), value: 1e-7, histogram: null },
        { labels: Labels.empty, value: NaN, histogram: null },
      ],
    },
    '"resultType":"vector","result":[' +
      '{"metric":{"Job":"x","__name__":"up","job":"<é>"},"value":[1435781430.500,"1e-07"]},' +
      '{"metric":{},"value":[1435781430.500,"NaN"]}]',
  ],
  ['an empty matrix', { type: 'matrix', series: [] }, '"resultType":"matrix","result":[]'],
  [
    'a matrix, only the valid part of its columns',
    {
      type: 'matrix',
      series: [
        {
          labels: Labels.fromObject({ a: 'b' }),
          timestampMs: Float64Array.of(0, 500, 9),
          value: Float64Array.of(-Infinity, 0.5, 9),
          count: 2,
          histograms: [],
        },
        {
          labels: Labels.empty,
          timestampMs: new Float64Array(0),
          value: new Float64Array(0),
          count: 0,
          histograms: [],
        },
      ],
    },
    '"resultType":"matrix","result":[{"metric":{"a":"b"},"values":[[0,"-Inf"],[0.500,"0.5"]]},{"metric":{}}]',
  ],
  [
    'native histograms',
    {
      type: 'vector',
      timestampMs: 1500,
      samples: [{ labels: Labels.fromObject({ a: 'b' }), value: NaN, histogram: HISTOGRAM }],
    },
    `"resultType":"vector","result":[{"metric":{"a":"b"},"histogram":[1.500,${HISTOGRAM_JSON}]}]`,
  ],
  [
    'a matrix of floats and native histograms',
    {
      type: 'matrix',
      series: [
        {
          labels: Labels.empty,
          timestampMs: Float64Array.of(0),
          value: Float64Array.of(7),
          count: 1,
          histograms: [{ timestampMs: 1000, histogram: { ...HISTOGRAM, ...NO_BUCKETS } }],
        },
      ],
    },
    '"resultType":"matrix","result":[{"metric":{},"values":[[0,"7"]],"histograms":[[1,{"count":"9","sum":"1.5"}]]}]',
  ],
];

describe('writeQueryValue', () => {
  it.each(CASES)('%s', (_, value, body) => {
    expect(render(value)).toBe(body);
    expect(JSON.parse(`{${body}}`)).toBeTypeOf('object');
  });

  it('writes more points than one batch holds', () => {
    const count = 1000;
    const timestampMs = Float64Array.from({ length: count }, (_, index) => index * 1000);
    const value = Float64Array.from({ length: count }, (_, index) => index / 3);
    const matrix: QueryValue = {
      type: 'matrix',
      series: [{ labels: Labels.empty, timestampMs, value, count, histograms: [] }],
    };
    const parsed = JSON.parse(`{${render(matrix)}}`) as { result: { values: [number, string][] }[] };
    expect(parsed.result[0]?.values).toEqual(
      Array.from({ length: count }, (_, index) => [index, String(index / 3)]),
    );
    expect(estimateQueryValueBytes(matrix)).toBeGreaterThan(render(matrix).length);
  });
});
