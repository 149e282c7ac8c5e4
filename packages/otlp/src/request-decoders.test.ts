/** Both decoders on the same requests, and each on what it must refuse. */
import { setStaleAt } from '@promontory/model';
import { describe, expect, it } from 'vitest';
import {
  ERR_OTLP_DATA_POINTS_MAX,
  ERR_OTLP_DEPTH_MAX,
  ERR_OTLP_JSON_INVALID,
  ERR_OTLP_MESSAGES_MAX,
  ERR_OTLP_PROTOBUF_INVALID,
} from './error-codes.ts';
import { DEFAULT_OTLP_DECODE_LIMITS, type OtlpDecodeLimits } from './decode-limits.ts';
import { decodeRequestJson } from './json/request-decoder.ts';
import { attribute, attributes, requestOf, testTime } from './otlp-test-values.ts';
import { decodeRequestProtobuf } from './proto/request-decoder.ts';
import { encodeTestJson, encodeTestProtobuf } from './proto/request-test-encoder.ts';
import type { OtlpMetricData, OtlpNumberPoint, OtlpRequest, OtlpValue } from './request.ts';

const TRACE_ID = '0102030405060708090a0b0c0d0e0f10';

const DECODERS: [string, (request: object, limits?: OtlpDecodeLimits) => OtlpRequest][] = [
  ['JSON', (request, limits) => decodeRequestJson(encodeTestJson(request), limits)],
  ['protobuf', (request, limits) => decodeRequestProtobuf(encodeTestProtobuf(request), limits)],
];

function gaugeOf(point: object): object {
  return requestOf([{ name: 'm', gauge: { dataPoints: [point] } }]);
}

function dataOf(request: OtlpRequest): OtlpMetricData {
  const data = request.resources[0]?.scopes[0]?.metrics[0]?.data;
  if (!data) throw new TypeError('no data');
  return data;
}

function firstPoint(request: OtlpRequest): OtlpNumberPoint {
  return dataOf(request).points[0] as OtlpNumberPoint;
}

function nested(depth: number): object {
  let value: object = { boolValue: true };
  for (let level = 0; level < depth; level++) {
    value =
      level % 2 === 0
        ? { arrayValue: { values: [value] } }
        : { kvlistValue: { values: [attribute('k', value)] } };
  }
  return gaugeOf({ attributes: [attribute('deep', value)] });
}

describe.each(DECODERS)('a request from %s', (_name, decode) => {
  it('is what was sent', () => {
    const request = {
      resourceMetrics: [
        {
          schemaUrl: 'ignored',
          resource: { attributes: attributes({ a: 'b' }), droppedAttributesCount: 3 },
          scopeMetrics: [
            {
              scope: { name: 'lib', version: '1', attributes: attributes({ c: 'd' }) },
              schemaUrl: 'https://s',
              metrics: [
                { name: 'n', description: 'Text.', unit: 's', metadata: attributes({ x: 'y' }) },
                { name: 'g', gauge: {} },
              ],
            },
            {},
          ],
        },
        {},
      ],
    };
    expect(decode(request)).toEqual({
      resources: [
        {
          attributes: [{ key: 'a', value: 'b' }],
          scopes: [
            {
              name: 'lib',
              version: '1',
              schemaUrl: 'https://s',
              attributes: [{ key: 'c', value: 'd' }],
              metrics: [
                { name: 'n', description: 'Text.', unit: 's', data: null },
                { name: 'g', description: '', unit: '', data: { kind: 'gauge', points: [] } },
              ],
            },
            { name: '', version: '', schemaUrl: '', attributes: [], metrics: [] },
          ],
        },
        { attributes: [], scopes: [] },
      ],
    });
  });

  it('has number points', () => {
    const point = {
      timeUnixNano: testTime(),
      startTimeUnixNano: testTime(-1),
      asInt: '-9223372036854775808',
      flags: 1,
      attributes: attributes({ a: 'b' }),
      exemplars: [
        {
          timeUnixNano: testTime(),
          asInt: '-3',
          traceId: TRACE_ID.toUpperCase(),
          filteredAttributes: attributes({ x: 'y' }),
        },
        { asDouble: 0.5, spanId: '0000000000000000', traceId: '0'.repeat(32) },
        { spanId: '0102030405060708' },
      ],
    };
    const metric = { name: 's', sum: { dataPoints: [point], aggregationTemporality: 2, isMonotonic: true } };
    expect(dataOf(decode(requestOf([metric])))).toEqual({
      kind: 'sum',
      temporality: 'cumulative',
      isMonotonic: true,
      points: [
        {
          timestampMs: 1_700_000_000_000,
          startTimestampMs: 1_699_999_999_999,
          isStale: true,
          value: -(2 ** 63),
          attributes: [{ key: 'a', value: 'b' }],
          exemplars: [
            {
              timestampMs: 1_700_000_000_000,
              value: -3,
              traceId: TRACE_ID,
              spanId: '',
              attributes: [{ key: 'x', value: 'y' }],
            },
            { timestampMs: 0, value: 0.5, traceId: '', spanId: '', attributes: [] },
            { timestampMs: 0, value: null, traceId: '', spanId: '0102030405060708', attributes: [] },
          ],
        },
      ],
    });
  });

  it('has points of histograms', () => {
    const dataPoints = [
      { count: '3', sum: 0, bucketCounts: ['1', '2'], explicitBounds: [0.5], flags: 2, min: 1, max: 2 },
      {},
    ];
    const common = { timestampMs: 0, startTimestampMs: 0, isStale: false, attributes: [], exemplars: [] };
    expect(dataOf(decode(requestOf([{ histogram: { dataPoints, aggregationTemporality: 1 } }])))).toEqual({
      kind: 'histogram',
      temporality: 'delta',
      points: [
        { ...common, count: 3, sum: 0, bucketCounts: [1, 2], explicitBounds: [0.5] },
        { ...common, count: 0, sum: null, bucketCounts: [], explicitBounds: [] },
      ],
    });
  });

  it('has points of exponential histograms and summaries', () => {
    const exponential = {
      count: '300',
      sum: -1.5,
      scale: -3,
      zeroCount: '7',
      zeroThreshold: 0.25,
      positive: { offset: -2, bucketCounts: ['1', '300', '18446744073709551615'] },
      negative: { offset: 4 },
    };
    const common = { timestampMs: 0, startTimestampMs: 0, isStale: false, attributes: [] };
    const metrics = [
      { exponentialHistogram: { dataPoints: [exponential] } },
      {
        summary: { dataPoints: [{ count: '3', sum: 1, quantileValues: [{ quantile: 0.5, value: 2 }, {}] }] },
      },
    ];
    const [first, second] = decode(requestOf(metrics)).resources[0]?.scopes[0]?.metrics ?? [];
    expect(first?.data).toEqual({
      kind: 'exponential-histogram',
      temporality: 'unspecified',
      points: [
        {
          ...common,
          exemplars: [],
          count: 300,
          sum: -1.5,
          scale: -3,
          zeroCount: 7,
          zeroThreshold: 0.25,
          positive: { offset: -2, counts: [1, 300, 2 ** 64] },
          negative: { offset: 4, counts: [] },
        },
      ],
    });
    expect(second?.data).toEqual({
      kind: 'summary',
      points: [
        {
          ...common,
          count: 3,
          sum: 1,
          quantiles: [
            { quantile: 0.5, value: 2 },
            { quantile: 0, value: 0 },
          ],
        },
      ],
    });
  });

  it.each<[object, OtlpValue]>([
    [{ stringValue: 'a\u0000ö𝄞\ufffd' }, 'a\u0000ö𝄞\ufffd'],
    [{ boolValue: false }, false],
    [{ intValue: '-9223372036854775808' }, -(2n ** 63n)],
    [{ intValue: '9223372036854775807' }, 2n ** 63n - 1n],
    [{ doubleValue: -0.25 }, -0.25],
    [{ bytesValue: 'AQL6' }, Uint8Array.of(1, 2, 250)],
    [{ arrayValue: { values: [{ intValue: '1' }, {}] } }, { kind: 'array', items: [1n, null] }],
    [{ arrayValue: {} }, { kind: 'array', items: [] }],
    [
      { kvlistValue: { values: [attribute('__proto__', 'x'), { key: 'y' }] } },
      {
        kind: 'map',
        entries: [
          { key: '__proto__', value: 'x' },
          { key: 'y', value: null },
        ],
      },
    ],
    [{}, null],
  ])('has attribute value %j', (sent, value) => {
    expect(firstPoint(decode(gaugeOf({ attributes: [attribute('a', sent)] }))).attributes).toEqual([
      { key: 'a', value },
    ]);
  });

  it('nests values as deep as it may', () => {
    expect(() => decode(nested(16))).not.toThrow();
    for (const depth of [17, 25]) {
      expect(() => decode(nested(depth))).toThrow(
        expect.objectContaining({ code: ERR_OTLP_DEPTH_MAX, kind: 'bad-data' }),
      );
    }
  });

  it('has as many data points as it may', () => {
    const metrics = [{ gauge: { dataPoints: [{}, {}] } }, { summary: { dataPoints: [{}] } }];
    const limits = { ...DEFAULT_OTLP_DECODE_LIMITS, dataPointsMax: 3 };
    expect(() => decode(requestOf(metrics), limits)).not.toThrow();
    expect(() => decode(requestOf(metrics), { ...limits, dataPointsMax: 2 })).toThrow(
      expect.objectContaining({ code: ERR_OTLP_DATA_POINTS_MAX, kind: 'too-large' }),
    );
  });

  it('has as many messages as it may', () => {
    const request = requestOf([{ gauge: { dataPoints: Array.from({ length: 100 }, () => ({})) } }]);
    expect(() => decode(request, { ...DEFAULT_OTLP_DECODE_LIMITS, messagesMax: 120 })).not.toThrow();
    expect(() => decode(request, { ...DEFAULT_OTLP_DECODE_LIMITS, messagesMax: 100 })).toThrow(
      expect.objectContaining({ code: ERR_OTLP_MESSAGES_MAX, kind: 'too-large' }),
    );
  });
});

describe('JSON', () => {
  const decodeText = (text: string): OtlpRequest => decodeRequestJson(Buffer.from(text));
  const withPoint = (point: string): string =>
    `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"gauge":{"dataPoints":[${point}]}}]}]}]}`;

  it.each([
    [
      'numbers for 64-bit integers',
      '{"timeUnixNano":1700000000003999999,"asInt":9007199254740993}',
      1_700_000_000_003,
      9_007_199_254_740_992,
    ],
    ['an exponent', '{"timeUnixNano":1.7e18,"asDouble":1e3}', 1_700_000_000_000, 1000],
    ['texts for doubles', '{"asDouble":"-1.5e3"}', 0, -1500],
    ['NaN', '{"asDouble":"NaN"}', 0, Number.NaN],
    ['infinity', '{"asDouble":"-Infinity"}', 0, Number.NEGATIVE_INFINITY],
    [
      'long decimals beside long integers',
      '{"timeUnixNano":1700000000000999999,"asDouble":0.30000000000000004}',
      1_700_000_000_000,
      0.1 + 0.2,
    ],
    ['a long integer for a double', '{"asDouble":12345678901234567890}', 0, 12_345_678_901_234_567_168],
    [
      'null for absent',
      '{"timeUnixNano":null,"asDouble":null,"asInt":"4","attributes":null,"exemplars":null}',
      0,
      4,
    ],
    ['members that are not known', '{"asInt":"4","time_unix_nano":"5","new":{"a":[[[]]]}}', 0, 4],
    ['escaped quotes', String.raw`{"asInt":"4","x":"\"{[\\","y":"\\"}`, 0, 4],
  ])('may have %s', (_what, point, timestampMs, value) => {
    expect(firstPoint(decodeText(withPoint(point)))).toMatchObject({ timestampMs, value });
  });

  it.each([
    [2, 'cumulative'],
    ['"AGGREGATION_TEMPORALITY_CUMULATIVE"', 'cumulative'],
    ['"AGGREGATION_TEMPORALITY_DELTA"', 'delta'],
    ['"AGGREGATION_TEMPORALITY_NEW"', 'unspecified'],
    [9, 'unspecified'],
    ['null', 'unspecified'],
  ])('may give temporality %s', (sent, temporality) => {
    const text = `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"sum":{"aggregationTemporality":${sent}}}]}]}]}`;
    expect(dataOf(decodeText(text))).toMatchObject({ temporality });
  });

  it('has as many values as it may, where commas in texts are none', () => {
    const limits = { ...DEFAULT_OTLP_DECODE_LIMITS, jsonValuesMax: 3 };
    const decodeWithin = (text: string) => decodeRequestJson(Buffer.from(text), limits);
    expect(() => decodeWithin('{"x":[1,2,3,",,,,\\",,,"]}')).not.toThrow();
    for (const text of ['{"x":[1,2,3,4,5]}', '{"a":1,"b":[2,3],"c":4,"d":5}']) {
      expect(() => decodeWithin(text)).toThrow(
        expect.objectContaining({ code: ERR_OTLP_MESSAGES_MAX, kind: 'too-large' }),
      );
    }
  });

  it.each(['1', '12345678901234567890'])(
    'nests members that are passed over as deep as it may, beside %s',
    (y) => {
      const text = (depth: number, opening: string, closing: string): string =>
        `{"y":${y},"x":${opening.repeat(depth)}1${closing.repeat(depth)},"z":[[]],"resourceMetrics":[]}`;
      for (const [opening, closing] of [
        ['[', ']'],
        ['{"x":', '}'],
      ] as const) {
        expect(decodeText(text(127, opening, closing))).toEqual({ resources: [] });
        for (const depth of [128, 100_000]) {
          expect(() => decodeText(text(depth, opening, closing))).toThrow(
            expect.objectContaining({
              code: ERR_OTLP_DEPTH_MAX,
              kind: 'bad-data',
              message: 'cannot decode OTLP export: its objects and arrays nest deeper than 128',
            }),
          );
        }
      }
    },
  );

  it('counts no brackets in texts as nesting', () => {
    expect(decodeText(`{"x":"\\"${'[{'.repeat(1000)}","resourceMetrics":[]}`)).toEqual({ resources: [] });
    expect(decodeText(`{"x":[${'{"a":[1]},'.repeat(1000)}1]}`)).toEqual({ resources: [] });
  });

  it('nests values as deep as it may where most is around them', () => {
    const deep = (depth: number): OtlpRequest => {
      let value: object = { boolValue: true };
      for (let level = 0; level < depth; level++)
        value = { kvlistValue: { values: [attribute('k', value)] } };
      const exemplars = [{ filteredAttributes: [attribute('deep', value)] }];
      return decodeText(JSON.stringify(gaugeOf({ exemplars })));
    };
    expect(() => deep(16)).not.toThrow();
    expect(() => deep(17)).toThrow('the value of an attribute nests deeper than 16');
  });

  it('does not mind members named like those of every object', () => {
    const text = '{"__proto__":{"resourceMetrics":[{}]},"constructor":1}';
    expect(decodeText(text)).toEqual({ resources: [] });
  });

  it.each([
    '',
    'null',
    '[]',
    '"x"',
    '{',
    '{"resourceMetrics":{}}',
    '{"resourceMetrics":[1]}',
    '{"resourceMetrics":[{"resource":[]}]}',
    withPoint('{"timeUnixNano":"x"}'),
    withPoint('{"timeUnixNano":"-1"}'),
    withPoint('{"timeUnixNano":"18446744073709551616"}'),
    withPoint('{"timeUnixNano":1.5}'),
    withPoint('{"asInt":"9223372036854775808"}'),
    withPoint('{"asInt":true}'),
    withPoint('{"asDouble":"x"}'),
    withPoint('{"asDouble":"0x10"}'),
    withPoint('{"asDouble":1e999}'),
    withPoint('{"asDouble":"1e999"}'),
    withPoint('{"attributes":[{"key":1}]}'),
    withPoint(String.raw`{"attributes":[{"key":"\ud800"}]}`),
    withPoint('{"attributes":[{"key":"a","value":"b"}]}'),
    withPoint('{"attributes":[{"key":"a","value":{"boolValue":1}}]}'),
    withPoint('{"attributes":[{"key":"a","value":{"bytesValue":"?"}}]}'),
    withPoint('{"attributes":[{"key":"a","value":{"arrayValue":{"values":[1]}}}]}'),
    withPoint('{"exemplars":[{"traceId":"0102"}]}'),
    withPoint(`{"exemplars":[{"traceId":"${'x'.repeat(32)}"}]}`),
    '{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"sum":{"aggregationTemporality":"X"}}]}]}]}',
    '{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"sum":{"isMonotonic":"true"}}]}]}]}',
    `${'['.repeat(100)}1234567890123456789${']'.repeat(100)}`,
  ])('is refused: %s', (text) => {
    expect(() => decodeText(text)).toThrow(
      expect.objectContaining({ code: ERR_OTLP_JSON_INVALID, kind: 'bad-data' }),
    );
  });

  it('is refused when it is not UTF-8', () => {
    expect(() => decodeRequestJson(Uint8Array.of(0x22, 0xff, 0x22))).toThrow(
      expect.objectContaining({ code: ERR_OTLP_JSON_INVALID }),
    );
  });
});

describe('protobuf', () => {
  const decodeHex = (hex: string): OtlpRequest => decodeRequestProtobuf(Buffer.from(hex, 'hex'));
  /** As a varint of two bytes. */
  const lengthHex = (hex: string): string => {
    const length = hex.length / 2;
    return Buffer.of(128 | (length & 127), length >> 7).toString('hex');
  };
  /** Puts a point's fields, in hex, into a gauge, or into data of another tag. */
  const pointHex = (hex: string, dataTag = '2a'): string => {
    const wrap = (tag: string, inner: string): string => tag + lengthHex(inner) + inner;
    return wrap('0a', wrap('12', wrap('12', wrap(dataTag, wrap('0a', hex)))));
  };

  it('tells the staleness marker from other NaNs by its bits', () => {
    const bytes = Buffer.alloc(8);
    setStaleAt(new Int32Array(bytes.buffer, bytes.byteOffset, 2), 0);
    expect(firstPoint(decodeHex(pointHex(`21${bytes.toString('hex')}`))).isStale).toBe(true);
    expect(firstPoint(decodeHex(pointHex('21010000000000f87f'))).isStale).toBe(false);
    const replaced = `21${bytes.toString('hex')}310100000000000000`;
    expect(firstPoint(decodeHex(pointHex(replaced)))).toMatchObject({ isStale: false, value: 1 });
  });

  it('takes the last of what may be there once', () => {
    const one = '21000000000000f03f';
    const minusOne = '31ffffffffffffffff';
    expect(firstPoint(decodeHex(pointHex(one + minusOne))).value).toBe(-1);
    expect(firstPoint(decodeHex(pointHex(minusOne + one))).value).toBe(1);
  });

  it('skips fields that are not known', () => {
    // Fields 15: a varint, 8 bytes, a text, a group, 4 bytes.
    const unknown = '78ac027901020304050607087a01617b08017c7d01020304';
    expect(firstPoint(decodeHex(pointHex(unknown + '21000000000000f03f'))).value).toBe(1);
  });

  it('skips groups within each other, up to a hundred', () => {
    // Group 15 of the body, in itself.
    const groups = (depth: number): string => '7b'.repeat(depth) + '7c'.repeat(depth);
    expect(decodeHex(groups(100))).toEqual({ resources: [] });
    for (const depth of [102, 100_000]) {
      expect(() => decodeHex(groups(depth))).toThrow(
        expect.objectContaining({ code: ERR_OTLP_PROTOBUF_INVALID, kind: 'bad-data' }),
      );
    }
  });

  it('reads numbers that are repeated without being packed', () => {
    const double = '39000000000000f03f';
    const count = '310200000000000000';
    const hex = pointHex(count + double + count + double, '4a');
    expect(dataOf(decodeHex(hex)).points).toMatchObject([{ bucketCounts: [2, 2], explicitBounds: [1, 1] }]);
  });

  it('has as many counts and bounds as it may', () => {
    const histogram = { dataPoints: [{ bucketCounts: ['1', '2', '3'], explicitBounds: [1, 2] }] };
    const bytes = encodeTestProtobuf(requestOf([{ histogram }]));
    const limits = { ...DEFAULT_OTLP_DECODE_LIMITS, numbersMax: 5 };
    expect(() => decodeRequestProtobuf(bytes, limits)).not.toThrow();
    expect(() => decodeRequestProtobuf(bytes, { ...limits, numbersMax: 4 })).toThrow(
      expect.objectContaining({ code: ERR_OTLP_MESSAGES_MAX, kind: 'too-large' }),
    );
  });

  it('is refused with values nested without end', () => {
    // An array of one value, in a value, in an array …
    let value = '';
    for (let level = 0; level < 20; level++) {
      value = ['0a', '2a'].reduce((inner, tag) => tag + lengthHex(inner) + inner, value);
    }
    const hex = ['12', '3a'].reduce((inner, tag) => tag + lengthHex(inner) + inner, value);
    expect(() => decodeHex(pointHex(hex))).toThrow(expect.objectContaining({ code: ERR_OTLP_DEPTH_MAX }));
  });

  it('is an empty request when it has no bytes', () => {
    expect(decodeHex('')).toEqual({ resources: [] });
  });

  it.each([
    ['a cut tag', '8a'],
    ['a cut length', '0a'],
    ['a length past the body', '0a05'],
    ['a length of more than 31 bits', '0affffffff0f'],
    ['a field past its message', '0a0212050102030405'],
    ['field number 0', '0000'],
    ['the end of a group that never began', '0c'],
    ['wire type 7', '0f'],
    ["a wire type that is not the field's", '0801'],
    ['a varint without end', pointHex(`40${'ff'.repeat(11)}`)],
    ['a cut double', pointHex('210000')],
    ['doubles that are cut', pointHex('3a0500000000', '4a')],
    ['a text that is not UTF-8', '0a090a070a050a01ff1200'],
    ['a trace id of two bytes', pointHex('2a042a020102')],
    ['groups within each other', '0b'.repeat(5000)],
  ])('is refused with %s', (_what, hex) => {
    expect(() => decodeHex(hex)).toThrow(
      expect.objectContaining({ code: ERR_OTLP_PROTOBUF_INVALID, kind: 'bad-data' }),
    );
  });
});
