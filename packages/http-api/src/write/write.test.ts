import { PromontoryError } from '@promontory/base';
import { describe, expect, it } from 'vitest';
import type { ApiResponse } from '../api-response.ts';
import { writeErrorReply, writeReply, type WriteOutcome } from './write-reply.ts';
import { checkWriteRequest } from './write-request-check.ts';

function bodyOf(response: ApiResponse): string {
  return new TextDecoder().decode(response.body);
}

function headerOf(response: ApiResponse | null, name: string): string | undefined {
  return response?.headers.find(([known]) => known === name)?.[1];
}

const NO_HEADERS = new Map<string, string>();
const VERSION_2 = new Map([['content-type', 'application/x-protobuf;proto=io.prometheus.write.v2.Request']]);
const WANTS_JSON = new Map([['accept', 'text/html;q=0.5, application/json;q=0.9']]);

describe('checkWriteRequest', () => {
  const cases: readonly [type: string | undefined, encoding: string | undefined, status: number | null][] = [
    ['application/x-protobuf', 'snappy', null],
    [undefined, 'snappy', null],
    ['', 'snappy', null],
    ['application/x-protobuf', undefined, null],
    ['application/x-protobuf', 'Snappy', null],
    ['application/x-protobuf;proto=prometheus.WriteRequest', 'snappy', null],
    ['application/x-protobuf; proto=prometheus.WriteRequest', 'snappy', null],
    ['application/x-protobuf; charset=utf-8; proto="prometheus.WriteRequest"', 'snappy', null],
    ['Application/X-Protobuf', 'snappy', null],
    ['application/x-protobuf;proto=io.prometheus.write.v2.Request', 'snappy', null],
    ['application/x-protobuf; proto="io.prometheus.write.v2.Request" ', undefined, null],
    ['application/x-protobuf;proto=io.prometheus.write.v2.Request', 'gzip', 415],
    ['application/x-protobuf;proto=foo', 'snappy', 415],
    ['application/x-protobuf;proto=', 'snappy', 415],
    ['application/json', 'snappy', 415],
    ['image/png', 'snappy', 415],
    ['application/x-protobufs', 'snappy', 415],
    ['application/x-protobuf', 'gzip', 415],
    ['application/x-protobuf', 'deflate', 415],
    ['application/x-protobuf', 'zstd', 415],
    ['application/x-protobuf', 'snappy, gzip', 415],
  ];
  it.each(cases)('%j, %j: %j', (type, encoding, status) => {
    const headers = new Map<string, string>();
    if (type !== undefined) headers.set('content-type', type);
    if (encoding !== undefined) headers.set('content-encoding', encoding);
    expect(checkWriteRequest('POST', headers)?.status ?? null).toBe(status);
  });

  it('answers other methods with 405 and Allow', () => {
    const response = checkWriteRequest('GET', NO_HEADERS);
    expect([response?.status, headerOf(response, 'Allow')]).toEqual([405, 'OPTIONS, POST']);
  });

  it('answers OPTIONS with Allow and no body', () => {
    const response = checkWriteRequest('OPTIONS', NO_HEADERS);
    expect([response?.status, response?.body.length, headerOf(response, 'Allow')]).toEqual([
      204,
      0,
      'OPTIONS, POST',
    ]);
  });

  it('says which messages are known', () => {
    const headers = new Map([['content-type', 'application/x-protobuf;proto=foo']]);
    const response = checkWriteRequest('POST', headers);
    expect(response && bodyOf(response)).toBe(
      'unknown remote write message foo: want prometheus.WriteRequest or io.prometheus.write.v2.Request\n',
    );
  });
});

describe('writeReply', () => {
  const whole: WriteOutcome = {
    samplesWritten: 7,
    histogramsWritten: 2,
    exemplarsWritten: 1,
    rejections: [],
  };
  const partial: WriteOutcome = {
    ...whole,
    rejections: [
      { code: 'ERR_SAMPLE_DUPLICATE', count: 3, example: 'up{job="<a>"} at 1' },
      { code: 'ERR_NEW', count: 1, example: 'x{}' },
    ],
  };

  it('tells a sender of remote write 2.0 what was written, whatever the answer is', () => {
    const written = (response: ApiResponse | null): (string | undefined)[] =>
      ['Samples', 'Histograms', 'Exemplars'].map((what) =>
        headerOf(response, `X-Prometheus-Remote-Write-${what}-Written`),
      );
    expect(written(writeReply(whole, VERSION_2))).toEqual(['7', '2', '1']);
    expect(written(writeReply(partial, VERSION_2))).toEqual(['7', '2', '1']);
    const failed = new PromontoryError('full', { code: 'ERR_X', kind: 'overload' });
    const reply = writeErrorReply(failed, VERSION_2, 0);
    expect([...written(reply), headerOf(reply, 'Retry-After')]).toEqual(['0', '0', '0', '2']);
    expect(written(checkWriteRequest('GET', VERSION_2))).toEqual(['0', '0', '0']);
    const gzip = new Map([...VERSION_2, ['content-encoding', 'gzip']]);
    expect(written(checkWriteRequest('POST', gzip))).toEqual(['0', '0', '0']);
    expect(written(writeReply(partial, NO_HEADERS))).toEqual([undefined, undefined, undefined]);
  });

  it('is 204 without a body or headers of remote write 2.0 when everything is stored', () => {
    const response = writeReply(whole, NO_HEADERS);
    expect([response.status, response.body.length, response.headers]).toEqual([204, 0, []]);
  });

  it('is 400 with one line a reason when part is refused', () => {
    const response = writeReply(partial, NO_HEADERS);
    expect(response.status).toBe(400);
    expect(response.headers.map(([name]) => name)).toEqual(['Content-Type', 'X-Content-Type-Options']);
    expect(bodyOf(response).split('\n')).toEqual([
      'partial write: 7 samples, 2 histograms and 1 exemplars written, 4 rejected',
      'ERR_SAMPLE_DUPLICATE: 3 rejected, for example up{job="<a>"} at 1; ' +
        'two senders write the same series: give each its own external_labels, or stop one of them',
      'ERR_NEW: 1 rejected, for example x{}',
      '',
    ]);
  });

  it('carries the detail as JSON when asked', () => {
    const response = writeReply(partial, WANTS_JSON);
    expect(headerOf(response, 'Content-Type')).toBe('application/json');
    expect(JSON.parse(bodyOf(response))).toMatchObject({
      status: 'error',
      errorType: 'bad_data',
      written: { samples: 7, histograms: 2, exemplars: 1 },
      rejections: [
        { code: 'ERR_SAMPLE_DUPLICATE', count: 3, example: 'up{job="<a>"} at 1' },
        { code: 'ERR_NEW', count: 1, example: 'x{}', advice: '' },
      ],
    });
  });
});

it('answers without a body share no memory: the receiver may transfer it', () => {
  const [first, second] = [whole(), whole()];
  expect(first.body.buffer).not.toBe(second.body.buffer);
  function whole(): ApiResponse {
    return writeReply(
      { samplesWritten: 1, histogramsWritten: 0, exemplarsWritten: 0, rejections: [] },
      NO_HEADERS,
    );
  }
});

describe('writeErrorReply', () => {
  it('asks to retry when the store cannot write, never for bad data', () => {
    const down = new PromontoryError('cannot write', { code: 'ERR_X', kind: 'unavailable' });
    const bad = new PromontoryError('cannot decode', { code: 'ERR_X', kind: 'bad-data' });
    const answers = [down, bad].map((error) => writeErrorReply(error, NO_HEADERS, 0.5));
    expect(answers.map((answer) => [answer.status, headerOf(answer, 'Retry-After'), bodyOf(answer)])).toEqual(
      [
        [503, '6', 'cannot write\n'],
        [400, undefined, 'cannot decode\n'],
      ],
    );
  });

  it('keeps the text of a foreign error to itself', () => {
    const answer = writeErrorReply(new Error('secret'), WANTS_JSON, 0);
    expect([answer.status, JSON.parse(bodyOf(answer))]).toMatchObject([500, { error: 'internal error' }]);
  });
});
