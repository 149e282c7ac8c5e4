import { STALE_NAN_HIGH_WORD, STALE_NAN_LOW_WORD } from '@promontory/model';
import type { ReadHints, ReadQuery } from '@promontory/wire';
import { describe, expect, it } from 'vitest';
import {
  ask,
  CHUNKS,
  framesOf,
  HINTS,
  HISTOGRAM,
  largeSource,
  MATCH_UP,
  samplesOf,
  seriesOfFrames,
  smallSource,
  textOf,
  wholeBody,
  wordsOf,
} from './read-test-fixture.ts';

describe('a response of samples', () => {
  it('has the series of each query, sorted, with markers and histograms as they are', async () => {
    const source = smallSource();
    const down: ReadQuery = { ...MATCH_UP, matchers: [{ operator: '=', name: '__name__', value: 'down' }] };
    const response = await ask(source, { queries: [MATCH_UP, down] });
    expect(response.status).toBe(200);
    expect(response.headers).toEqual([
      ['Content-Type', 'application/x-protobuf'],
      ['Content-Encoding', 'snappy'],
    ]);
    const { results } = samplesOf(response);
    const jobs = results.map((series) => series.map(({ labels }) => labels.at(-1)?.value));
    expect(jobs).toEqual([['a', 'b', 'c'], ['down']]);
    const words = new Int32Array(results[0]?.[0]?.value.buffer ?? new ArrayBuffer(0));
    expect([...words]).toEqual([...wordsOf(1), STALE_NAN_LOW_WORD, STALE_NAN_HIGH_WORD]);
    expect(results[0]?.[1]?.histograms).toMatchObject([
      { timestampMs: 1500, flavor: 'integer', resetHint: 1, count: 6, sum: 2.5, positiveBuckets: [2, 1] },
    ]);
    expect(source.open).toBe(0);
  });

  it('that is long comes in parts that are one snappy block', async () => {
    const source = largeSource(20, 10_000);
    const response = await ask(source, {});
    const { stream, body } = response;
    expect(body.length).toBeGreaterThan(0);
    expect(stream?.heldBytes).toBeGreaterThan(1 << 20);
    expect(source.open).toBe(0);
    const [series = []] = samplesOf(response).results;
    expect(series.map(({ value }) => value.length)).toEqual(Array.from({ length: 20 }, () => 10_000));
  });

  it('ends when its stream is closed', async () => {
    const { stream } = await ask(largeSource(20, 10_000), {});
    expect(stream?.next()).toBeInstanceOf(Uint8Array);
    stream?.close();
    stream?.close();
    expect(stream?.next()).toBeNull();
  });
});

describe('a streamed response', () => {
  it('has the series of each query, sorted, with markers and histograms as they are', async () => {
    const source = smallSource();
    const response = await ask(source, {
      queries: [MATCH_UP, { ...MATCH_UP, endMsInclusive: 1000 }],
      ...CHUNKS,
    });
    expect(response.status).toBe(200);
    expect(response.headers).toEqual([
      ['Content-Type', 'application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse'],
    ]);
    // Short: nothing is left to be streamed, nothing stays open.
    expect([response.stream, source.open]).toEqual([undefined, 0]);
    const frames = framesOf(response.body);
    expect(frames.map(({ queryIndex, series }) => [queryIndex, series.length])).toEqual([
      [0, 1],
      [0, 1],
      [0, 1],
      [1, 1],
      [1, 1],
    ]);
    const [first = [], second = []] = seriesOfFrames(frames, 2);
    expect(first.map(({ labels }) => labels)).toEqual(['up{job="a"}', 'up{job="b"}', 'up{job="c"}']);
    expect(first[0]?.words).toEqual([...wordsOf(1), STALE_NAN_LOW_WORD, STALE_NAN_HIGH_WORD]);
    expect(first[1]?.histograms).toEqual([{ timestampMs: 1500, histogram: HISTOGRAM }]);
    expect(second.map(({ labels, timestampMs }) => [labels, timestampMs])).toEqual([
      ['up{job="a"}', [1000]],
      ['up{job="c"}', [1000]],
    ]);
  });

  it('of nothing is empty', async () => {
    const nothing: ReadQuery = { ...MATCH_UP, matchers: [{ operator: '=', name: 'a', value: 'b' }] };
    const response = await ask(smallSource(), { queries: [nothing], ...CHUNKS });
    expect([response.status, response.body.length, response.stream]).toEqual([200, 0, undefined]);
  });

  it('reads series as it is taken, and lets go of them at its end', async () => {
    const source = largeSource(40, 3000);
    const queries = [MATCH_UP, MATCH_UP];
    const response = await ask(source, { queries, ...CHUNKS });
    expect(source.open).toBe(2);
    expect(source.reads).toBeLessThan(20);
    const { stream } = response;
    const readsByOpen = new Map<number, number>();
    const pieces = [response.body];
    for (let piece = stream?.next(); piece; piece = stream?.next()) {
      expect(piece.length).toBeGreaterThan(0);
      pieces.push(piece);
      readsByOpen.set(source.open, source.reads);
    }
    // The first set is closed when its series are over, and only then.
    expect(readsByOpen.get(2)).toBeLessThanOrEqual(41);
    expect(readsByOpen.get(1)).toBeGreaterThan(41);
    expect([source.reads, source.open]).toEqual([80, 0]);
    const both = seriesOfFrames(framesOf(Buffer.concat(pieces)), 2);
    expect(both[0]).toHaveLength(40);
    expect(both[0]).toEqual(both[1]);
    expect(both[0]?.[7]?.timestampMs).toHaveLength(3000);
    expect(stream?.next()).toBeNull();
  });

  it('is the same as the response of samples', async () => {
    const source = largeSource(5, 2000);
    const [sampled = []] = samplesOf(await ask(source, {})).results;
    const [chunked = []] = seriesOfFrames(framesOf(wholeBody(await ask(source, CHUNKS))), 1);
    expect(chunked.map(({ words }) => words)).toEqual(
      sampled.map(({ value }) => [...new Int32Array(value.buffer, value.byteOffset, 2 * value.length)]),
    );
  });

  it('cuts a long series into frames, but not for those who take a frame for a series', async () => {
    const source = largeSource(2, 10_000);
    const limits = { readFrameBytesMax: 10_000 };
    const usual = framesOf(wholeBody(await ask(source, CHUNKS, { limits })));
    expect(usual.length).toBeGreaterThan(8);
    const bytes = usual.map(
      ({ series }) => series[0]?.chunks.reduce((sum, { data }) => sum + data.length, 0) ?? 0,
    );
    expect(Math.max(...bytes)).toBeLessThan(12_000);
    const headers = { 'user-agent': 'Prometheus/3.5.0' };
    const whole = framesOf(wholeBody(await ask(source, CHUNKS, { limits, headers })));
    expect(whole).toHaveLength(2);
    expect(seriesOfFrames(whole, 1)).toEqual(seriesOfFrames(usual, 1));
  });
});

describe('what a request may be', () => {
  it.each<[accepted: Parameters<typeof ask>[1]['acceptedResponseTypes'], outcome: string]>([
    [[], 'application/x-protobuf'],
    [['samples'], 'application/x-protobuf'],
    [['samples', 'streamed-xor-chunks'], 'application/x-protobuf'],
    [
      ['unknown', 'streamed-xor-chunks', 'samples'],
      'application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse',
    ],
    [['unknown'], '400'],
  ])('accepting %j gives %s', async (acceptedResponseTypes = [], outcome) => {
    const { status, headers } = await ask(smallSource(), { acceptedResponseTypes });
    expect(status === 200 ? headers[0]?.[1] : String(status)).toBe(outcome);
  });

  it.each(['/api/v1/read', '/api/prom_read'])('%s is served', async (path) => {
    const response = await ask(smallSource(), {}, { path });
    expect(samplesOf(response).results[0]).toHaveLength(3);
  });

  it.each([
    [{}, 200],
    [{ 'content-encoding': '' }, 200],
    [{ 'content-encoding': 'Snappy' }, 200],
    [{ 'content-type': 'text/plain' }, 200],
    [{ 'content-encoding': 'gzip' }, 400],
  ])('with headers %j it is %i', async (headers, status) => {
    expect((await ask(smallSource(), {}, { headers })).status).toBe(status);
  });

  it.each<[name: string, matchers: ReadQuery['matchers'], series: number]>([
    ['no matchers', [], 4],
    ['one that accepts everything', [{ operator: '=~', name: 'job', value: '.*' }], 4],
    ['a regex', [{ operator: '=~', name: 'job', value: 'a|b' }], 2],
    ['one that refuses', [{ operator: '!~', name: 'job', value: 'a|b' }], 2],
    ['one for a label that is absent', [{ operator: '=', name: 'job', value: '' }], 1],
  ])('selects by %s', async (_name, matchers, series) => {
    for (const acceptedResponseTypes of [[], ['streamed-xor-chunks']] as const) {
      const response = await ask(smallSource(), {
        queries: [{ ...MATCH_UP, matchers }],
        acceptedResponseTypes,
      });
      const found =
        acceptedResponseTypes.length === 0
          ? samplesOf(response).results[0]
          : seriesOfFrames(framesOf(wholeBody(response)), 1)[0];
      expect(found).toHaveLength(series);
    }
  });

  it('a range that ends before it begins has nothing, and nobody is asked', async () => {
    const source = smallSource();
    const empty = { ...MATCH_UP, startMsInclusive: 2000, endMsInclusive: 1000 };
    expect(
      samplesOf(await ask(source, { queries: [empty, MATCH_UP] })).results.map(({ length }) => length),
    ).toEqual([0, 3]);
    const chunked = await ask(source, { queries: [empty, MATCH_UP], ...CHUNKS });
    expect(framesOf(wholeBody(chunked)).map(({ queryIndex }) => queryIndex)).toEqual([1, 1, 1]);
    expect(source.asked).toHaveLength(2);
  });

  it('is narrowed by its query string', async () => {
    const jobsOf = async (queryString: string): Promise<unknown> => {
      const { results } = samplesOf(await ask(smallSource(), {}, { queryString }));
      return results.map((series) => series.map(({ labels }) => labels.at(-1)?.value));
    };
    expect(await jobsOf('extra_label=job=b')).toEqual([['b']]);
    expect(await jobsOf('extra_filters[]={job="a"}&extra_filters[]={job="c"}')).toEqual([['a', 'c']]);
    const refused = await ask(smallSource(), {}, { queryString: 'extra_label=job' });
    expect([refused.status, textOf(refused)]).toEqual([400, expect.stringContaining('extra_label')]);
  });

  it('no queries have no results', async () => {
    expect(samplesOf(await ask(smallSource(), { queries: [] })).results).toEqual([]);
    expect((await ask(smallSource(), { queries: [], ...CHUNKS })).body.length).toBe(0);
  });

  it.each<[name: string, hints: ReadHints | null, start: number, end: number]>([
    ['none', null, 1000, 9000],
    ['that say nothing', HINTS, 1000, 9000],
    ['of the same range', { ...HINTS, startMs: 1000, endMs: 9000 }, 1000, 9000],
    ['of a part', { ...HINTS, startMs: 2000, endMs: 3000 }, 2000, 3000],
    ['of more', { ...HINTS, startMs: 500, endMs: 20_000 }, 1000, 9000],
    ['that overlap', { ...HINTS, startMs: 5000, endMs: 20_000 }, 5000, 9000],
    ['of an end alone', { ...HINTS, endMs: 3000 }, 1000, 3000],
    ['of another range', { ...HINTS, startMs: 10_000, endMs: 20_000 }, 1000, 9000],
    ['in the wrong order', { ...HINTS, startMs: 8000, endMs: 2000 }, 1000, 9000],
  ])('hints: %s', async (_name, hints, rangeStartMsInclusive, rangeEndMsInclusive) => {
    const source = smallSource();
    const query = { ...MATCH_UP, startMsInclusive: 1000, endMsInclusive: 9000, hints };
    expect((await ask(source, { queries: [query] })).status).toBe(200);
    expect(source.asked).toMatchObject([{ rangeStartMsInclusive, rangeEndMsInclusive }]);
  });

  it('hints of the evaluation are handed on', async () => {
    const source = smallSource();
    const hints = { ...HINTS, stepMs: 15_000, functionName: 'rate', rangeMs: 300_000 };
    await ask(source, { queries: [{ ...MATCH_UP, hints }] });
    expect(source.asked[0]?.hints).toEqual({ stepMs: 15_000, functionName: 'rate', rangeMs: 300_000 });
  });
});
