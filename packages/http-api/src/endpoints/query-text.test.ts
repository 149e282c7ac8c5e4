import { describe, expect, it } from 'vitest';
import { askSource, bad, MemoryDataSource, success, toRequest } from '../api-test-harness.ts';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const SELECTOR =
  '{"anchored":false,"matchers":[{"name":"__name__","type":"=","value":"up"}],"name":"up","offset":0,"offsetExpr":null,"smoothed":false,"startOrEnd":null,"timestamp":null,"type":"vectorSelector"}';

/** Path, query, the data of the answer. */
const CASES: readonly [path: string, query: string, data: string][] = [
  ['format_query', 'sum(up)by(job)', '"sum by (job) (up)"'],
  ['format_query', 'up<1', '"up \\u003c 1"'],
  ['format_query', "up{job='é'}", '"up{job=\\"é\\"}"'],
  ['parse_query', '"a"', '{"type":"stringLiteral","val":"a"}'],
  [
    'parse_query',
    'up < bool 1',
    `{"bool":true,"lhs":${SELECTOR},"matching":null,"op":"\\u003c","rhs":{"type":"numberLiteral","val":"1"},"type":"binaryExpr"}`,
  ],
  ['parse_query', '(up)', `{"expr":${SELECTOR},"type":"parenExpr"}`],
];

describe('endpoints about the text of a query', () => {
  it.each(CASES)('/api/v1/%s answers %s', async (path, query, data) => {
    const parameter = `query=${encodeURIComponent(query)}`;
    const source = new MemoryDataSource();
    const got = await askSource(source, `GET /api/v1/${path}?${parameter}`);
    const posted = await askSource(source, toRequest(`POST /api/v1/${path}`, FORM, parameter));
    const json = toRequest(
      `POST /api/v1/${path}`,
      { 'content-type': 'application/json' },
      JSON.stringify({ query }),
    );
    const postedJson = await askSource(source, json);
    expect([got, posted, postedJson].map(({ status, text }) => [status, text])).toEqual(
      Array.from({ length: 3 }, () => [200, success(data)]),
    );
  });

  it.each([
    ['', 'unknown position: parse error: no expression found in input'],
    ['up(', '1:4: parse error: unclosed left parenthesis'],
  ])('refuse %j', async (query, message) => {
    for (const path of ['format_query', 'parse_query']) {
      const answer = await askSource(new MemoryDataSource(), `GET /api/v1/${path}?query=${query}`);
      expect([answer.status, answer.text]).toEqual([400, bad(`invalid parameter "query": ${message}`)]);
    }
  });
});
