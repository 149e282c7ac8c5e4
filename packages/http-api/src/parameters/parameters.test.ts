import { describe, expect, it } from 'vitest';
import type { ApiRequest } from '../api-request.ts';
import { parseDuration } from './duration-parameter.ts';
import { readLabelName } from './label-name.ts';
import { RequestParameters } from './request-parameters.ts';
import { parseTimeMs, TIME_MS_MAX, TIME_MS_MIN } from './time-parameter.ts';

describe('parseTimeMs', () => {
  const cases: readonly [text: string, timeMs: number | null][] = [
    ['0', 0],
    ['1435781430.781', 1_435_781_430_781],
    ['5.0004', 5000],
    ['5.0005', 5000],
    ['5.0006', 5001],
    ['-5.5', -5500],
    ['-5.0006', -5001],
    ['1e9', 1_000_000_000_000],
    ['.5', 500],
    ['1795258676239', 1_795_258_676_239_000],
    ['1e30', TIME_MS_MAX],
    ['-1e30', TIME_MS_MIN],
    ['1e999', null],
    ['2020-01-01T00:00:00Z', 1_577_836_800_000],
    ['2020-01-01T00:00:00.123456789Z', 1_577_836_800_123],
    ['2020-01-01T00:00:00,5Z', 1_577_836_800_500],
    ['2020-01-01T00:00:00+02:00', 1_577_829_600_000],
    ['2020-01-01T00:00:00-00:30', 1_577_838_600_000],
    ['0001-01-01T00:00:00Z', -62_135_596_800_000],
    ['-292273086-05-16T16:47:06Z', TIME_MS_MIN],
    ['292277025-08-18T07:12:54.999999999Z', TIME_MS_MAX],
    ['2020-01-01t00:00:00z', null],
    ['2020-1-1T0:0:0Z', null],
    ['2020-02-30T00:00:00Z', null],
    ['2020-13-01T00:00:00Z', null],
    ['2020-01-01T24:00:00Z', null],
    ['2020-01-01T00:00:00', null],
    ['', null],
    [' 5', null],
    ['NaN', null],
    ['Inf', null],
    ['0x10', null],
    ['abc', null],
  ];
  it.each(cases)('%j', (text, timeMs) => {
    expect(parseTimeMs(text)).toBe(timeMs);
  });
});

describe('parseDuration', () => {
  const cases: readonly [text: string, durationMs: number | null][] = [
    ['15', 15_000],
    ['0.29', 290],
    ['0.0015', 1],
    ['-1', -1000],
    ['0', 0],
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['1y1w1d1h1m1s1ms', 365 * 86_400_000 + 7 * 86_400_000 + 86_400_000 + 3_661_001],
    ['1m1h', null],
    ['5', 5000],
    ['5 m', null],
    ['1ns', null],
    ['-5m', null],
    ['', null],
    ['1e300', null],
    ['300y', null],
  ];
  it.each(cases)('%j', (text, durationMs) => {
    const parsed = parseDuration(text);
    expect('durationMs' in parsed ? parsed.durationMs : null).toBe(durationMs);
  });
});

describe('readLabelName', () => {
  const cases: readonly [segment: string, name: string][] = [
    ['job', 'job'],
    ['a%20b', 'a b'],
    ['a%2Fb', 'a/b'],
    ['%C3%A9', 'é'],
    ['U__job', 'job'],
    ['U__a_2e_b', 'a.b'],
    ['U__a__b_1F600_', 'a_b😀'],
    ['U__zz_', 'U__zz_'],
    ['U___d800_', 'U___d800_'],
    ['U___110000_', 'U___110000_'],
    ['u__a_2e_b', 'u__a_2e_b'],
  ];
  it.each(cases)('%j', (segment, name) => {
    expect(readLabelName(segment)).toBe(name);
  });

  it.each(['U__', '%ff'])('refuses %s', (segment) => {
    expect(() => readLabelName(segment)).toThrow('invalid label name');
  });

  it('refuses what is not UTF-8', () => {
    expect(() => readLabelName('%ff')).toThrowError(expect.objectContaining({ kind: 'bad-data' }) as Error);
  });
});

describe('RequestParameters', () => {
  function request(parts: Partial<ApiRequest> & { contentType?: string; text?: string }): ApiRequest {
    return {
      method: parts.method ?? 'POST',
      path: '/api/v1/query',
      queryString: parts.queryString ?? '',
      headers: new Map(parts.contentType === undefined ? [] : [['content-type', parts.contentType]]),
      body: new TextEncoder().encode(parts.text ?? ''),
    };
  }
  const FORM = 'application/x-www-form-urlencoded';
  const JSON_TYPE = 'application/json; charset=utf-8';

  const accepted: readonly [name: string, request: ApiRequest, query: string, matches: readonly string[]][] =
    [
      ['nothing', request({}), '', []],
      ['the query string', request({ queryString: 'query=a%2Bb+c&query=2' }), 'a+b c', []],
      ['repeated names', request({ queryString: 'match[]=up&match%5B%5D=down' }), '', ['up', 'down']],
      ['a form', request({ contentType: FORM, text: 'query=1%20é' }), '1 é', []],
      [
        'a form before the query string',
        request({ contentType: FORM, text: 'query=1', queryString: 'query=2' }),
        '1',
        [],
      ],
      ['no form of a GET', request({ method: 'GET', contentType: FORM, text: 'query=1' }), '', []],
      [
        'a JSON body of a GET',
        request({ method: 'GET', contentType: JSON_TYPE, text: '{"query":"x"}' }),
        'x',
        [],
      ],
      [
        'JSON numbers and lists',
        request({ contentType: JSON_TYPE, text: '{"query":5,"match[]":["a","b"]}' }),
        '5',
        ['a', 'b'],
      ],
      [
        'JSON null as absent',
        request({ contentType: JSON_TYPE, text: '{"query":null}', queryString: 'query=q' }),
        'q',
        [],
      ],
      ['an empty body of any type', request({ contentType: 'text/plain', queryString: 'query=1' }), '1', []],
    ];
  it.each(accepted)('reads %s', (_, from, query, matches) => {
    const parameters = RequestParameters.read(from);
    expect([parameters.get('query'), parameters.getAll('match[]')]).toEqual([query, matches]);
  });

  const refused: readonly [name: string, request: ApiRequest, message: string][] = [
    [
      'a bad escape',
      request({ queryString: 'query=%zz' }),
      'error parsing form values: invalid URL escape "%zz"',
    ],
    [
      'a cut escape',
      request({ queryString: 'query=%4' }),
      'error parsing form values: invalid URL escape "%4"',
    ],
    ['broken JSON', request({ contentType: JSON_TYPE, text: '{' }), 'cannot read the JSON body'],
    ['a JSON list', request({ contentType: JSON_TYPE, text: '[]' }), 'want an object'],
    [
      'a nested JSON value',
      request({ contentType: JSON_TYPE, text: '{"query":{}}' }),
      'cannot read "query" of the JSON body',
    ],
    [
      'another type',
      request({ contentType: 'text/plain', text: 'query=1' }),
      'cannot read a body of type "text/plain"',
    ],
  ];
  it.each(refused)('refuses %s', (_, from, message) => {
    expect(() => RequestParameters.read(from)).toThrowError(message);
  });
});

describe('the number of parameters', () => {
  const formOf = (count: number): string => Array.from({ length: count }, () => 'a').join('&');
  const read = (
    queryString: string,
    body = '',
    type = 'application/x-www-form-urlencoded',
  ): RequestParameters =>
    RequestParameters.read({
      method: 'POST',
      path: '/',
      queryString,
      headers: new Map([['content-type', type]]),
      body: new TextEncoder().encode(body),
    });
  const tooMany = expect.objectContaining({
    code: 'ERR_REQUEST_PARAMETERS_MAX',
    kind: 'bad-data',
  }) as unknown;

  it('is at most 10,000, wherever they stand', () => {
    expect(read(formOf(10_000)).getAll('a')).toHaveLength(10_000);
    expect(() => read(formOf(10_001))).toThrow(tooMany);
    expect(() => read('', formOf(10_001))).toThrow(tooMany);
    expect(() => read(formOf(5000), formOf(5001))).toThrow(tooMany);
    const list = JSON.stringify({ a: Array.from({ length: 10_001 }, () => 'b') });
    expect(() => read('', list, 'application/json')).toThrow(tooMany);
  });
});
