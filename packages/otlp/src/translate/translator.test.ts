import { describe, expect, it } from 'vitest';
import {
  ERR_OTLP_LABEL_NAME,
  ERR_OTLP_LABELS_MAX,
  ERR_OTLP_METRIC_NAME,
  ERR_OTLP_SAMPLES_MAX,
  ERR_OTLP_TEMPORALITY,
  ERR_OTLP_TIMESTAMP,
} from '../error-codes.ts';
import { decodeRequestJson } from '../json/request-decoder.ts';
import {
  attribute,
  attributes,
  requestOf,
  seriesTexts,
  TEST_TIME_MS,
  type TestRequest,
  testTime,
} from '../otlp-test-values.ts';
import { encodeTestJson } from '../proto/request-test-encoder.ts';
import { DEFAULT_OTLP_TRANSLATION_OPTIONS, type OtlpTranslationOptions } from './options.ts';
import type { Translation } from './translation.ts';
import { translateRequest } from './translator.ts';

const LIMITS = DEFAULT_OTLP_TRANSLATION_OPTIONS.limits;

function translate(request: object, options: Partial<OtlpTranslationOptions> = {}): Translation {
  return translateRequest(decodeRequestJson(encodeTestJson(request)), options);
}

function gauge(name: string, point: object = {}, unit = ''): object {
  return { name, unit, gauge: { dataPoints: [{ timeUnixNano: testTime(), asDouble: 1.5, ...point }] } };
}

function sum(name: string, data: object, point: object = {}): object {
  const dataPoints = [{ timeUnixNano: testTime(), asInt: '7', ...point }];
  return { name, sum: { dataPoints, aggregationTemporality: 2, ...data } };
}

/** The series of one gauge `m` with an attribute. */
function labelsOf(
  pointAttributes: object[],
  parts: TestRequest = {},
  options: Partial<OtlpTranslationOptions> = {},
): string[] {
  return translate(requestOf([gauge('m', { attributes: pointAttributes })], parts), options).series.map(
    ({ labels }) => labels.toString(),
  );
}

describe('number points', () => {
  it('become a sample each, with start time and metadata', () => {
    const metrics = [
      { ...gauge('temp', {}, 'Cel'), description: 'Warmth.' },
      sum('requests', { isMonotonic: true }, { startTimeUnixNano: testTime(-5) }),
      sum('queue', {}),
    ];
    const { series, metadata, rejections, warnings, acceptedDataPoints } = translate(requestOf(metrics));
    expect(seriesTexts(series)).toEqual(['temp_celsius 1.5@0', 'requests_total 7@0 from -5', 'queue 7@0']);
    expect(metadata).toEqual([
      { metricName: 'temp_celsius', type: 'gauge', unit: 'celsius', help: 'Warmth.' },
      { metricName: 'requests_total', type: 'counter', unit: '', help: '' },
      { metricName: 'queue', type: 'gauge', unit: '', help: '' },
    ]);
    expect({ rejections, warnings, acceptedDataPoints }).toEqual({
      rejections: [],
      warnings: [],
      acceptedDataPoints: 3,
    });
  });

  it('gather in their series, in the order in which they come', () => {
    const point = (offsetMs: number, host: string): object => ({
      timeUnixNano: testTime(offsetMs),
      asInt: String(offsetMs),
      attributes: attributes({ host }),
    });
    const dataPoints = [point(1, 'a'), point(3, 'b'), point(2, 'a')];
    expect(
      seriesTexts(translate(requestOf([{ name: 'm', gauge: { dataPoints } }, gauge('n')])).series),
    ).toEqual(['m{host="a"} 1@1 2@2', 'm{host="b"} 3@3', 'n 1.5@0']);
  });

  it('round down to milliseconds, without doubles between', () => {
    const { series } = translate(requestOf([gauge('m', { timeUnixNano: '1700000000003999999' })]));
    expect(series[0]?.samples[0]?.timestampMs).toBe(TEST_TIME_MS + 3);
  });

  it('start at their time at the latest', () => {
    const metrics = [0, 1].map((offsetMs) =>
      gauge(`m${offsetMs}`, { startTimeUnixNano: testTime(offsetMs) }),
    );
    expect(translate(requestOf(metrics)).series.map(({ samples }) => samples[0]?.startTimestampMs)).toEqual([
      TEST_TIME_MS,
      0,
    ]);
  });

  it('are markers of staleness when they have no recorded value', () => {
    const { series } = translate(requestOf([gauge('m', { flags: 1 }), gauge('n', { flags: 2 })]));
    expect(seriesTexts(series)).toEqual(['m stale@0', 'n 1.5@0']);
    expect(series[0]?.samples[0]?.value).toBeNaN();
  });

  it('are 0 without a value, as in Prometheus', () => {
    const metric = { name: 'm', gauge: { dataPoints: [{ timeUnixNano: testTime() }] } };
    expect(seriesTexts(translate(requestOf([metric])).series)).toEqual(['m 0@0']);
  });
});

describe('what is refused', () => {
  it.each<[what: string, metric: object, code: string, example: string]>([
    [
      'delta sums',
      sum('d', { aggregationTemporality: 1 }),
      ERR_OTLP_TEMPORALITY,
      'metric "d": its aggregation temporality is delta, want cumulative',
    ],
    [
      'sums without temporality',
      sum('d', { aggregationTemporality: 0 }),
      ERR_OTLP_TEMPORALITY,
      'metric "d": its aggregation temporality is unspecified, want cumulative',
    ],
    [
      'unknown temporality',
      sum('d', { aggregationTemporality: 3 }),
      ERR_OTLP_TEMPORALITY,
      'metric "d": its aggregation temporality is unspecified, want cumulative',
    ],
    [
      'delta histograms',
      { name: 'd', histogram: { aggregationTemporality: 1, dataPoints: [{ timeUnixNano: testTime() }] } },
      ERR_OTLP_TEMPORALITY,
      'metric "d": its aggregation temporality is delta, want cumulative',
    ],
    [
      'delta exponential histograms',
      {
        name: 'd',
        exponentialHistogram: { aggregationTemporality: 1, dataPoints: [{ timeUnixNano: testTime() }] },
      },
      ERR_OTLP_TEMPORALITY,
      'metric "d": its aggregation temporality is delta, want cumulative',
    ],
    ['no name', gauge(''), ERR_OTLP_METRIC_NAME, 'metric "": nothing is left of its name'],
    ['a name of signs', gauge('@@'), ERR_OTLP_METRIC_NAME, 'metric "@@": nothing is left of its name'],
    [
      'no time',
      gauge('t', { timeUnixNano: '0' }),
      ERR_OTLP_TIMESTAMP,
      'metric "t": a data point has no time',
    ],
    [
      'attributes of signs',
      gauge('a', { attributes: attributes({ ようこそ: 'x' }) }),
      ERR_OTLP_LABEL_NAME,
      'metric "a": attribute "ようこそ" leaves nothing of a label name',
    ],
    [
      'attributes without a name',
      gauge('a', { attributes: attributes({ '': 'x' }) }),
      ERR_OTLP_LABEL_NAME,
      'metric "a": attribute "" leaves nothing of a label name',
    ],
  ])('%s, and the rest is kept', (_what, metric, code, example) => {
    const { series, rejections, metadata, acceptedDataPoints } = translate(
      requestOf([metric, gauge('kept')]),
    );
    expect(rejections).toEqual([{ code, count: 1, example }]);
    expect(seriesTexts(series)).toEqual(['kept 1.5@0']);
    expect(metadata.map(({ metricName }) => metricName)).toEqual(['kept']);
    expect(acceptedDataPoints).toBe(1);
  });

  it('counts data points by code, with one example', () => {
    const point = { timeUnixNano: testTime(), asInt: '1' };
    const delta = (name: string): object =>
      sum(name, { aggregationTemporality: 1, dataPoints: [point, point] });
    expect(translate(requestOf([delta('a'), delta('b')])).rejections).toEqual([
      expect.objectContaining({
        code: ERR_OTLP_TEMPORALITY,
        count: 4,
        example: expect.stringContaining('"a"'),
      }),
    ]);
  });

  it('all points of a resource whose promoted attribute has no label name', () => {
    const request = requestOf([gauge('a'), gauge('b')], {
      resource: attributes({ よう: 'x', 'service.name': 's' }),
    });
    const { series, rejections, warnings } = translate(request, { promoteAllResourceAttributes: true });
    expect({ series, warnings }).toEqual({ series: [], warnings: [] });
    expect(rejections.map(({ code, count }) => [code, count])).toEqual([[ERR_OTLP_LABEL_NAME, 2]]);
  });

  it('points with more labels than a series may have', () => {
    const many = (count: number): object[] =>
      Array.from({ length: count }, (_, index) => attribute(`a${index}`, 'x'));
    const limits = { ...LIMITS, labelsMax: 10 };
    const refused = (count: number, parts: TestRequest = {}): (string | number)[][] =>
      translate(requestOf([gauge('m', { attributes: many(count) })], parts), {
        limits,
        promoteAllResourceAttributes: true,
      }).rejections.map(({ code, count: points }) => [code, points]);
    expect(refused(9)).toEqual([]);
    expect(refused(10)).toEqual([[ERR_OTLP_LABELS_MAX, 1]]);
    expect(refused(9, { resource: attributes({ x: 'y' }) })).toEqual([[ERR_OTLP_LABELS_MAX, 1]]);
    expect(refused(0, { resource: many(11) })).toEqual([[ERR_OTLP_LABELS_MAX, 1]]);
  });

  const point = { timeUnixNano: testTime(), count: '1', sum: 1 };
  const of = (kind: string, more: object = {}): ((given: object[]) => object) => {
    const data = { aggregationTemporality: 2, isMonotonic: true };
    return (given) => ({
      name: 'm',
      [kind]: { ...data, dataPoints: [{ ...point, attributes: given, ...more }] },
    });
  };
  const QUANTILES = { quantileValues: [{ quantile: 0.5, value: 1 }] };
  it.each<[what: string, metric: (given: object[]) => object, own: string, attributesMax: number]>([
    ['a gauge', of('gauge', { asInt: '1' }), 'own', 61],
    ['a sum', of('sum', { asInt: '1' }), 'own', 61],
    ['an exponential histogram', of('exponentialHistogram', { zeroCount: '1' }), 'own', 61],
    ['a histogram, for le', of('histogram', { bucketCounts: ['1'] }), 'own', 60],
    ['a histogram with an le that is replaced', of('histogram', { bucketCounts: ['1'] }), 'le', 61],
    ['a summary, for quantile', of('summary', QUANTILES), 'own', 60],
    ['a summary with a quantile that is replaced', of('summary', QUANTILES), 'quantile', 61],
    ['a summary without quantiles', of('summary'), 'own', 61],
  ])('%s with more than 64 labels, and none with as many', (_what, metric, own, attributesMax) => {
    const resource = attributes({ 'service.name': 's', 'service.instance.id': 'i' });
    const result = (count: number): Translation => {
      const others = Array.from({ length: count - 1 }, (_, index) => attribute(`a${index}`, 'x'));
      return translate(requestOf([metric([attribute(own, 'x'), ...others])], { resource }));
    };
    const { series, rejections } = result(attributesMax);
    expect(rejections).toEqual([]);
    expect(Math.max(...series.map(({ labels }) => labels.size))).toBe(64);
    expect(result(attributesMax + 1).rejections).toEqual([
      { code: ERR_OTLP_LABELS_MAX, count: 1, example: 'metric "m": 65 labels, limit 64' },
    ]);
  });

  it('points with more attributes than a series may have labels', () => {
    const given = Array.from({ length: 65 }, (_, index) => attribute(`a${index}`, ''));
    const { rejections } = translate(requestOf([gauge('m', { attributes: given })]));
    expect(rejections.map(({ example }) => example)).toEqual(['metric "m": 65 attributes, limit 64']);
  });

  it('the whole request when it becomes too many samples', () => {
    const options = { limits: { ...LIMITS, samplesMax: 2 } };
    expect(translate(requestOf([gauge('a'), gauge('b')]), options).series).toHaveLength(2);
    expect(() => translate(requestOf([gauge('a'), gauge('b'), gauge('c')]), options)).toThrow(
      expect.objectContaining({ code: ERR_OTLP_SAMPLES_MAX, kind: 'too-large' }),
    );
  });

  it('the whole request when labels take too much, of new series or of known ones', () => {
    const tooLarge: unknown = expect.objectContaining({ code: ERR_OTLP_SAMPLES_MAX, kind: 'too-large' });
    // Three labels, with their separators, in text and in references.
    const host = 'h'.repeat(100);
    const request = (distinct: boolean, points: number): object =>
      requestOf(
        Array.from({ length: points }, (_, index) =>
          gauge(distinct ? `m${index}` : 'm', { attributes: attributes({ host }) }),
        ),
      );
    const options = { limits: { ...LIMITS, seriesBytesMax: 1500 } };
    expect(translate(request(true, 9), options).series).toHaveLength(9);
    expect(() => translate(request(true, 11), options)).toThrow(tooLarge);
    expect(translate(request(false, 45), options).series).toHaveLength(1);
    expect(() => translate(request(false, 60), options)).toThrow(tooLarge);
  });

  it('shows long names in part', () => {
    const [rejection] = translate(
      requestOf([sum('n'.repeat(1e5), { aggregationTemporality: 1 })]),
    ).rejections;
    expect(rejection?.example.length).toBeLessThan(400);
  });
});

describe('labels', () => {
  it('are the attributes of the point, escaped, without empty ones', () => {
    expect(
      labelsOf(attributes({ 'http.method': 'GET', _x: '1', '9': '2', empty: '', __reserved: 'r' })),
    ).toEqual(['m{__reserved="r", http_method="GET", key_9="2", key_x="1"}']);
  });

  it('keep names that scripts choke on', () => {
    const names = attributes({ constructor: 'c', toString: 't' });
    expect(labelsOf([...names, attribute('__proto__', 'p')])).toEqual([
      'm{__proto__="p", constructor="c", toString="t"}',
    ]);
  });

  it('are escaped as the options say', () => {
    const sent = attributes({ 'a..b': '1', _x: '2' });
    expect(labelsOf(sent, {}, { labelNameUnderscoreSanitization: false })).toEqual(['m{_x="2", a__b="1"}']);
    expect(labelsOf(sent, {}, { labelNamePreserveMultipleUnderscores: false })).toEqual([
      'm{a_b="1", key_x="2"}',
    ]);
    expect(labelsOf(sent, {}, { translationStrategy: 'NoTranslation' })).toEqual(['m{_x="2", a..b="1"}']);
  });

  it('join what becomes one, in the order of the names sent, and warn', () => {
    const metric = gauge('m', { attributes: attributes({ a_b: '3', 'a.b': '1', 'a/b': '2', c: 'x' }) });
    const { series, warnings } = translate(requestOf([metric, metric]));
    expect(series.map(({ labels }) => labels.toString())).toEqual(['m{a_b="1;2;3", c="x"}']);
    expect(warnings).toEqual([
      {
        category: 'label_name_collision',
        count: 4,
        example: 'several attributes of "m" become label "a_b"',
      },
    ]);
  });

  it('join an attribute that is there twice', () => {
    const twice = [attribute('a.b', '1'), attribute('a.b', '2')];
    expect(labelsOf(twice)).toEqual(['m{a_b="1;2"}']);
    expect(labelsOf(twice, {}, { translationStrategy: 'NoTranslation' })).toEqual(['m{a.b="1;2"}']);
  });

  it('write values that are no texts as JSON does', () => {
    const list = { arrayValue: { values: [{ intValue: '1' }, { stringValue: '<' }] } };
    const map = { kvlistValue: { values: [attribute('b', { boolValue: true }), attribute('a', {})] } };
    expect(
      labelsOf([
        attribute('bool', { boolValue: false }),
        attribute('int', { intValue: '-5' }),
        attribute('double', { doubleValue: 0.1 }),
        attribute('list', list),
        attribute('map', map),
        attribute('none', {}),
      ]),
    ).toEqual([
      String.raw`m{bool="false", double="0.1", int="-5", list="[1,\"\\u003c\"]", map="{\"a\":null,\"b\":true}"}`,
    ]);
  });

  it('have the metric name from the metric alone', () => {
    expect(labelsOf(attributes({ __name__: 'other', a: 'b' }))).toEqual(['m{a="b"}']);
  });
});

describe('labels from resource and scope', () => {
  const resource = attributes({
    'service.name': 'shop',
    'service.namespace': 'eu',
    'service.instance.id': 'i-1',
    'host.name': 'h',
    zone: 'z',
  });

  /** Without `target_info`. */
  const pointLabels = (...given: Parameters<typeof labelsOf>): string | undefined => labelsOf(...given)[0];

  it('are job and instance', () => {
    expect(pointLabels([], { resource })).toBe('m{instance="i-1", job="eu/shop"}');
    expect(pointLabels([], { resource: attributes({ 'service.name': 's' }) })).toBe('m{job="s"}');
    expect(pointLabels([], { resource: attributes({ 'service.namespace': 's' }) })).toBe('m');
    expect(pointLabels(attributes({ job: 'own', instance: 'own' }), { resource })).toBe(
      'm{instance="i-1", job="eu/shop"}',
    );
    expect(pointLabels(attributes({ job: 'own', instance: 'own' }))).toBe('m{instance="own", job="own"}');
  });

  it('are promoted by name, unless the point has one that is not empty', () => {
    const options = { promoteResourceAttributes: ['host.name', 'zone', 'absent'] };
    expect(pointLabels(attributes({ host_name: 'point', zone: '' }), { resource }, options)).toBe(
      'm{host_name="point", instance="i-1", job="eu/shop", zone="z"}',
    );
  });

  it('are promoted all, but for some', () => {
    const options = {
      promoteAllResourceAttributes: true,
      ignoreResourceAttributes: ['zone', 'service.name'],
    };
    expect(pointLabels([], { resource }, options)).toBe(
      'm{host_name="h", instance="i-1", job="eu/shop", service_instance_id="i-1", service_namespace="eu"}',
    );
  });

  it('come from the scope when asked for, above all others', () => {
    const scope = { name: 'lib', version: '1.2', attributes: attributes({ 'a.b': 'x', name: 'y' }) };
    const options = { promoteScopeMetadata: true };
    const parts = { scope, schemaUrl: 'https://s' };
    const sent = attributes({ otel_scope_a_b: 'point', otel_scope_version: 'point' });
    expect(pointLabels(sent, parts, options)).toBe(
      'm{otel_scope_a_b="x", otel_scope_name="lib", otel_scope_schema_url="https://s", otel_scope_version="1.2"}',
    );
    expect(pointLabels(sent, { scope: { name: 'lib' } }, options)).toBe(
      'm{otel_scope_a_b="point", otel_scope_name="lib"}',
    );
    expect(pointLabels([], { scope: { version: '1' } }, options)).toBe('m');
    expect(pointLabels([], parts)).toBe('m');
  });
});

describe('names by strategy', () => {
  it.each([
    ['UnderscoreEscapingWithSuffixes', 'a_b_bytes{c_d="x"}'],
    ['UnderscoreEscapingWithoutSuffixes', 'a_b{c_d="x"}'],
    ['NoUTF8EscapingWithSuffixes', 'a.b_bytes{c.d="x"}'],
    ['NoTranslation', 'a.b{c.d="x"}'],
  ] as const)('%s', (translationStrategy, want) => {
    const metric = gauge('a.b', { attributes: attributes({ 'c.d': 'x' }) }, 'By');
    const { series } = translate(requestOf([metric]), { translationStrategy });
    expect(series.map(({ labels }) => labels.toString())).toEqual([want]);
  });
});

describe('metrics without points', () => {
  it.each([
    ['an empty list', { name: 'm', gauge: { dataPoints: [] } }],
    ['no data', { name: 'm' }],
  ])('are remarked on: %s', (_what, metric) => {
    const { series, metadata, rejections, warnings } = translate(requestOf([metric]));
    expect({ series, metadata, rejections }).toEqual({ series: [], metadata: [], rejections: [] });
    expect(warnings).toEqual([{ category: 'empty_data_points', count: 1, example: 'metric "m"' }]);
  });
});
