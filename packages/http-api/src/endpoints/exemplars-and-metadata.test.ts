import { Labels } from '@promontory/model';
import { describe, expect, it } from 'vitest';
import { askSource, bad, MemoryDataSource, success, toRequest } from '../api-test-harness.ts';

function sourceOfExemplars(): MemoryDataSource {
  const source = new MemoryDataSource();
  for (const [job, value] of [
    ['b', 0.25],
    ['a', Number.POSITIVE_INFINITY],
  ] as const) {
    source.exemplarsOfSeries.push({
      labels: Labels.fromObject({ __name__: 'latency_bucket', job }),
      exemplars: [
        { labels: Labels.fromObject({ trace_id: '<x>' }), value, timestampMs: 1500 },
        { labels: Labels.empty, value: 2, timestampMs: 9000 },
      ],
    });
  }
  return source;
}

const EXEMPLAR_OF_A = '{"labels":{"trace_id":"<x>"},"value":"+Inf","timestamp":1.500}';
const OF_A = `{"seriesLabels":{"__name__":"latency_bucket","job":"a"},"exemplars":[${EXEMPLAR_OF_A}]}`;
const OF_B =
  '{"seriesLabels":{"__name__":"latency_bucket","job":"b"},"exemplars":[{"labels":{"trace_id":"<x>"},"value":"0.25","timestamp":1.500}]}';
const RANGE = '&start=1&end=2';

describe('/api/v1/query_exemplars', () => {
  it.each([
    ['a selector', `query=latency_bucket{job="a"}${RANGE}`, success(`[${OF_A}]`)],
    [
      'selectors anywhere in a query',
      `query=sum(rate(latency_bucket[5m]))/2${RANGE}`,
      success(`[${OF_A},${OF_B}]`),
    ],
    [
      'several selectors',
      `query=latency_bucket{job="b"} or latency_bucket{job="a"}${RANGE}`,
      success(`[${OF_A},${OF_B}]`),
    ],
    ['a subquery', `query=max_over_time(latency_bucket{job="b"}[5m:1m])${RANGE}`, success(`[${OF_B}]`)],
    ['a query without selectors', 'query=1+1', success('[]')],
    [
      'info() without a selector of its own',
      `query=info(latency_bucket{job="b"})${RANGE}`,
      success(`[${OF_B}]`),
    ],
    ['a range without exemplars', 'query=latency_bucket&start=3&end=4', success('[]')],
    [
      'milliseconds in the place of seconds',
      'query=test&start=1795258676239&end=1795258686239',
      success('[]'),
    ],
    ['extra labels', `query=latency_bucket${RANGE}&extra_label=job=a`, success(`[${OF_A}]`)],
  ])('answers %s', async (_what, queryString, text) => {
    const encoded = queryString.replaceAll('+', '%2B');
    for (const method of ['GET', 'POST']) {
      const answer = await askSource(
        sourceOfExemplars(),
        toRequest(`${method} /api/v1/query_exemplars?${encoded}`),
      );
      expect([answer.status, answer.text]).toEqual([200, text]);
    }
  });

  it.each([
    ['query=up&start=3&end=2', 'end timestamp must not be before start timestamp'],
    [
      'query=up&start=x',
      `invalid parameter "start": invalid time value for 'start': cannot parse "x" to a valid timestamp`,
    ],
    ['query=up(', '1:4: parse error: unclosed left parenthesis'],
    ['', 'unknown position: parse error: no expression found in input'],
  ])('refuses %s', async (queryString, message) => {
    const answer = await askSource(sourceOfExemplars(), `GET /api/v1/query_exemplars?${queryString}`);
    expect([answer.status, answer.text]).toEqual([400, bad(message)]);
  });
});

function sourceOfMetadata(): MemoryDataSource {
  const source = new MemoryDataSource();
  source.sayings.set('hidden', [{ type: 'gauge', unit: '', help: '' }]);
  source.sayings.set('latency', [
    { type: 'histogram', unit: 's', help: 'How <long>' },
    { type: 'unknown', unit: '', help: '' },
  ]);
  source.sayings.set('up', [{ type: 'gauge', unit: '', help: 'Is it?' }]);
  source.add(Labels.fromObject({ __name__: 'latency_bucket', team: 'a' }), 1000, 1);
  source.add(Labels.fromObject({ __name__: 'up', team: 'a' }), 1000, 1);
  source.add(Labels.fromObject({ __name__: 'hidden', team: 'b' }), 1000, 1);
  return source;
}

const HIDDEN = '"hidden":[{"type":"gauge","unit":"","help":""}]';
const FIRST_OF_LATENCY = '{"type":"histogram","unit":"s","help":"How \\u003clong\\u003e"}';
const LATENCY = `"latency":[${FIRST_OF_LATENCY},{"type":"unknown","unit":"","help":""}]`;
const UP = '"up":[{"type":"gauge","unit":"","help":"Is it?"}]';

describe('/api/v1/metadata', () => {
  it.each([
    ['', `{${HIDDEN},${LATENCY},${UP}}`],
    ['limit=40000', `{${HIDDEN},${LATENCY},${UP}}`],
    ['limit=-1', `{${HIDDEN},${LATENCY},${UP}}`],
    ['limit=2', `{${HIDDEN},${LATENCY}}`],
    ['limit=0', '{}'],
    ['metric=up', `{${UP}}`],
    ['metric=nope', '{}'],
    ['metric=latency&limit_per_metric=1', `{"latency":[${FIRST_OF_LATENCY}]}`],
    ['metric=latency&limit_per_metric=0', `{${LATENCY}}`],
    ['extra_label=team=a', `{${LATENCY},${UP}}`],
    ['extra_label=team=a&limit=1', `{${LATENCY}}`],
    ['extra_filters[]={team="a"}&metric=hidden', '{}'],
  ])('answers ?%s', async (queryString, data) => {
    const answer = await askSource(sourceOfMetadata(), `GET /api/v1/metadata?${queryString}`);
    expect([answer.status, answer.text]).toEqual([200, success(data)]);
  });

  it.each(['limit', 'limit_per_metric'])('refuses a %s that is no number', async (name) => {
    for (const value of ['x', '1.5', '99999999999999999999']) {
      const answer = await askSource(sourceOfMetadata(), `GET /api/v1/metadata?${name}=${value}`);
      expect([answer.status, answer.text]).toEqual([400, bad(`${name} must be a number`)]);
    }
  });
});
