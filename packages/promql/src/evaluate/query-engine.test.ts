import { errorCode, errorMessage, ManualClock } from '@promontory/base';
import { Labels } from '@promontory/model';
import { describe, expect, it } from 'vitest';
import {
  ERR_QUERY_CANCELLED,
  ERR_QUERY_EXECUTION,
  ERR_QUERY_MEMORY_MAX,
  ERR_QUERY_SAMPLES_MAX,
  ERR_QUERY_STEPS_MAX,
  ERR_QUERY_TIMEOUT,
  ERR_QUERY_TYPE,
} from '../error-codes.ts';
import type { InstantQueryRequest, QueryResult, RangeQueryRequest } from '../query-result.ts';
import type { SeriesSource } from '../series-source.ts';
import { MemorySeriesSource } from '../source/memory-series-source.ts';
import { QueryEngine } from './query-engine.ts';
import { WatchedSource } from './watched-test-source.ts';

const LIMITS = { samplesMax: 1_000_000, durationMsMax: 60_000, memoryBytesMax: 1e9, stepsMax: 11_000 };
const BASE = { lookbackDeltaMs: 300_000, limits: LIMITS, isCancelled: () => false };

function instant(query: string, change: Partial<InstantQueryRequest> = {}): InstantQueryRequest {
  return { ...BASE, query, timeMs: 60_000, ...change };
}

function range(query: string, change: Partial<RangeQueryRequest> = {}): RangeQueryRequest {
  return { ...BASE, query, startMs: 0, endMsInclusive: 60_000, stepMs: 15_000, ...change };
}

function sourceOf(seriesCount: number, sampleCount = 5): MemorySeriesSource {
  const source = new MemorySeriesSource();
  for (let series = 0; series < seriesCount; series++) {
    const labels = Labels.fromObject({ __name__: 'm', i: String(series), half: String(series % 2) });
    for (let sample = 0; sample < sampleCount; sample++) source.add(labels, sample * 15_000, series + sample);
  }
  return source;
}

const engine = new QueryEngine({ parseCacheEntriesMax: 10 });

describe('QueryEngine', () => {
  it('answers scalars, strings, vectors and matrices', async () => {
    const source = sourceOf(1);
    const value = async (query: string): Promise<unknown> =>
      (await engine.instantQuery(source, instant(query))).value;
    expect(await value('1 + 1')).toEqual({ type: 'scalar', timestampMs: 60_000, value: 2 });
    expect(await value('"x"')).toEqual({ type: 'string', timestampMs: 60_000, value: 'x' });
    expect(await value('-m')).toEqual({
      type: 'vector',
      timestampMs: 60_000,
      samples: [{ labels: Labels.fromObject({ half: '0', i: '0' }), value: -4, histogram: null }],
    });
    expect(await value('m[30s]')).toMatchObject({
      type: 'matrix',
      series: [{ count: 2, timestampMs: Float64Array.of(45_000, 60_000), value: Float64Array.of(3, 4) }],
    });
  });

  it('warns of what its source lacked, each thing once', async () => {
    const source = sourceOf(1);
    const select = source.select.bind(source);
    source.select = async (request) =>
      Object.assign(await select(request), { warnings: ['a block is gone'] });
    const { warnings } = await engine.instantQuery(source, instant('m + on() m offset 15s'));
    expect(warnings).toEqual(['a block is gone']);
  });

  it('answers ranges as matrices that own their arrays', async () => {
    const { value } = await engine.rangeQuery(sourceOf(3), range('topk(1, m)'));
    expect(value).toMatchObject({
      type: 'matrix',
      series: [{ count: 5, value: Float64Array.of(2, 3, 4, 5, 6) }],
    });
    const constant = await engine.rangeQuery(sourceOf(0), range('time()'));
    expect(constant.value).toMatchObject({ series: [{ value: Float64Array.of(0, 15, 30, 45, 60) }] });
  });

  it('counts the samples that every step looked at', async () => {
    const { stats } = await engine.rangeQuery(sourceOf(2), range('rate(m[30s])'));
    // Per series 1 + 2 + 2 + 2 + 2 samples lie in the windows.
    expect(stats.samplesQueryable).toBe(18);
  });

  it('holds no more samples at once when an aggregation consumes more series', async () => {
    const peak = async (seriesCount: number): Promise<number> =>
      (await engine.rangeQuery(sourceOf(seriesCount), range('sum by (half) (rate(m[30s]))'))).stats
        .samplesPeak;
    expect(await peak(1000)).toBe(await peak(10));
  });

  it.each([
    ['m[5m]', 'range vector'],
    [' "text"', 'string'],
  ])('says of %j over a range what Prometheus says, without a position', async (query, type) => {
    await expect(engine.rangeQuery(sourceOf(1), range(query))).rejects.toMatchObject({
      code: ERR_QUERY_TYPE,
      message: `invalid expression type "${type}" for range query, must be Scalar or instant Vector`,
    });
  });

  const failures: [string, (source: SeriesSource) => Promise<QueryResult>, string][] = [
    ['a range vector over a range', (source) => engine.rangeQuery(source, range('m[5m]')), ERR_QUERY_TYPE],
    ['a step of zero', (source) => engine.rangeQuery(source, range('m', { stepMs: 0 })), ERR_QUERY_EXECUTION],
    [
      'an end before the start',
      (source) => engine.rangeQuery(source, range('m', { endMsInclusive: -1 })),
      ERR_QUERY_EXECUTION,
    ],
    [
      'too many result samples',
      (source) => engine.rangeQuery(source, range('m', { limits: { ...LIMITS, samplesMax: 20 } })),
      ERR_QUERY_SAMPLES_MAX,
    ],
    [
      'too many samples of one series',
      (source) =>
        engine.instantQuery(source, instant('rate(m[5m])', { limits: { ...LIMITS, samplesMax: 3 } })),
      ERR_QUERY_SAMPLES_MAX,
    ],
    [
      'too many groups',
      (source) =>
        engine.rangeQuery(source, range('sum by (i) (m)', { limits: { ...LIMITS, samplesMax: 40 } })),
      ERR_QUERY_SAMPLES_MAX,
    ],
    [
      'a subquery with more steps than memory',
      (source) => engine.instantQuery(source, instant('max_over_time(m[100y:1ms])')),
      ERR_QUERY_SAMPLES_MAX,
    ],
    [
      'more steps than allowed',
      (source) => engine.rangeQuery(source, range('m', { limits: { ...LIMITS, stepsMax: 3 } })),
      ERR_QUERY_STEPS_MAX,
    ],
    [
      'more series than memory',
      (source) => engine.instantQuery(source, instant('m', { limits: { ...LIMITS, memoryBytesMax: 2000 } })),
      ERR_QUERY_MEMORY_MAX,
    ],
    [
      'more samples than memory',
      (source) =>
        engine.instantQuery(source, instant('m[5m]', { limits: { ...LIMITS, memoryBytesMax: 3000 } })),
      ERR_QUERY_MEMORY_MAX,
    ],
    [
      'cancelling',
      (source) => {
        let polls = 0;
        return engine.instantQuery(source, instant('sum(m)', { isCancelled: () => ++polls > 5 }));
      },
      ERR_QUERY_CANCELLED,
    ],
    ['ambiguous labels', (source) => engine.instantQuery(source, instant('m + on() m')), ERR_QUERY_EXECUTION],
  ];
  it.each(failures)('fails with a code at %s, and closes what it opened', async (_name, attempt, code) => {
    const source = new WatchedSource(sourceOf(10));
    const error = await attempt(source).then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(errorCode(error)).toBe(code);
    expect(source.openCount).toBe(0);
  });

  it('stops when its time is over', async () => {
    const clock = new ManualClock(0);
    const slow = new QueryEngine({ parseCacheEntriesMax: 0, clock });
    const isCancelled = (): boolean => {
      clock.advance(10);
      return false;
    };
    const request = instant('sum(m)', { isCancelled, limits: { ...LIMITS, durationMsMax: 50 } });
    await expect(slow.instantQuery(sourceOf(10), request)).rejects.toMatchObject({ code: ERR_QUERY_TIMEOUT });
  });

  it('stops inside of one series with long windows', async () => {
    let polls = 0;
    const isCancelled = (): boolean => ++polls > 4;
    const request = range('sum_over_time(m[1d])', {
      isCancelled,
      endMsInclusive: 40_000_000,
      stepMs: 10_000,
    });
    await expect(engine.rangeQuery(sourceOf(1, 3000), request)).rejects.toMatchObject({
      code: ERR_QUERY_CANCELLED,
    });
  });

  /** Doubles the label of the only series at every level. */
  const doubling = (levels: number): string => {
    let query = 'm';
    for (let level = 0; level < levels; level++) query = `label_replace(${query},"i","$1$1","i","(.*)")`;
    return query;
  };
  const TOO_LONG = 'ERR_QUERY_EXECUTION: label value too long; the limit is 65536 bytes';
  const wide = (text: string): string => `label_replace(m,"i","${text}","","")`;
  it.each([
    ['the longest', doubling(16), 'none'],
    ['one doubling more', doubling(17), TOO_LONG],
    ['many doublings', doubling(150), TOO_LONG],
    ['a long template', `label_replace(${doubling(16)},"j","${'$1'.repeat(10_000)}","i","(.*)")`, TOO_LONG],
    ['many sources', `label_join(${doubling(16)},"j","",${Array(10_000).fill('"i"').join()})`, TOO_LONG],
    [
      'many separators',
      `label_join(m,"j","${'-'.repeat(1000)}",${Array(67).fill('"none"').join()})`,
      TOO_LONG,
    ],
    ['the most bytes', wide('é'.repeat(32_768)), 'none'],
    ['more bytes than that', wide('é'.repeat(32_769)), TOO_LONG],
  ])('bounds the labels that a query makes: %s', async (_name, query, expected) => {
    const failure = await engine.instantQuery(sourceOf(1), instant(query)).then(
      () => 'none',
      (error: unknown) => `${errorCode(error)}: ${errorMessage(error)}`,
    );
    expect(failure).toBe(expected);
  });

  it('bounds the copies of long label sets', async () => {
    let query = `label_replace(m,"long","${'x'.repeat(60_000)}","","")`;
    for (let level = 0; level < 50; level++) query = `label_replace(${query},"short","${level}","","")`;
    expect(await engine.instantQuery(sourceOf(10), instant(query))).toBeDefined();
    await expect(engine.instantQuery(sourceOf(100), instant(query))).rejects.toThrow(/too much label text/);
  });

  it.each([
    ['m', 1],
    ['-abs(m)', 2],
    ['sum by (i) (m)', 2],
    ['topk(1, m)', 2],
    // Both sides listed, both grouped, paired.
    ['m + m', 5],
    ['label_join(m, "j", "", "i")', 1000],
  ])('looks at the time while it works on labels: %s', async (query, looksPerThousand) => {
    let polls = 0;
    let pollsAtRead = 0;
    const source = new WatchedSource(sourceOf(5000, 1), '', () => {
      pollsAtRead ||= polls;
    });
    await engine.instantQuery(source, instant(query, { isCancelled: () => ++polls < 0 }));
    // And before selecting, after it, and for the series that is read.
    expect(pollsAtRead).toBeGreaterThanOrEqual(5 * looksPerThousand + 3);
  });

  it('does not list the pairs of an ambiguous match', async () => {
    await expect(engine.instantQuery(sourceOf(20_000, 5), instant('m + on() m'))).rejects.toThrow(
      /many-to-many matching not allowed/,
    );
  });

  it('closes all sets when one of them fails to open', async () => {
    const source = new WatchedSource(sourceOf(1), 'other');
    await expect(engine.instantQuery(source, instant('m + other'))).rejects.toThrow('no such place');
    expect(source.openCount).toBe(0);
  });

  it('evaluates the deepest query it parses', async () => {
    const deep = `m${' or m'.repeat(390)}`;
    const { value } = await engine.instantQuery(sourceOf(1), instant(deep));
    expect(value).toMatchObject({ samples: [{ value: 4 }] });
  });

  it('gives the same answer from the cache, at other times too', async () => {
    const source = sourceOf(1);
    const at = async (timeMs: number): Promise<unknown> =>
      (await engine.instantQuery(source, instant('m + 0', { timeMs }))).value;
    expect(await at(0)).toMatchObject({ samples: [{ value: 0 }] });
    expect(await at(30_000)).toMatchObject({ samples: [{ value: 2 }] });
    expect(await at(0)).toMatchObject({ samples: [{ value: 0 }] });
  });

  it.each([
    ['the last of equal places', 'rate(m[1m]) + rate(m[1m])', '(1:20)'],
    ['the last of different places', 'rate(m[30s]) + rate(m[1m])', '(1:21)'],
  ])('points at %s where a sentence is true of both', async (_what, query, place) => {
    const { infos } = await engine.instantQuery(sourceOf(1), instant(query));
    expect(infos.map((info) => /\(\d+:\d+\)$/.exec(info)?.[0])).toEqual([place]);
  });
});
