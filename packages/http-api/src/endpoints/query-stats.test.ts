import { ManualClock } from '@promontory/base';
import { Labels } from '@promontory/model';
import { QueryEngine, type SeriesSource } from '@promontory/promql';
import { describe, expect, it } from 'vitest';
import { askSource, MemoryDataSource, NOW_MS, toRequest } from '../api-test-harness.ts';

/** Two series with a sample every 10 s from 0 to 100 s. */
function source(): MemoryDataSource {
  const memory = new MemoryDataSource();
  for (const job of ['a', 'b']) {
    for (let second = 0; second <= 100; second += 10) {
      memory.add(Labels.fromObject({ __name__: 'm', job }), second * 1000, second);
    }
  }
  return memory;
}

interface Answered {
  readonly warnings?: string[];
  readonly data: {
    readonly stats?: { readonly timings: Record<string, number>; readonly samples: Record<string, unknown> };
  };
  readonly trace?: Span;
}

interface Span {
  readonly duration_msec: number;
  readonly message: string;
  readonly children?: readonly Span[];
}

async function ask(query: string, parameters: string, path = 'query'): Promise<Answered> {
  const request = `GET /api/v1/${path}?query=${encodeURIComponent(query)}&${parameters}`;
  return JSON.parse((await askSource(source(), request)).text) as Answered;
}

const RANGE = 'start=20&end=40&step=10';

describe('stats', () => {
  it('are those of Prometheus 3.14, by step when all are asked for', async () => {
    const { data } = await ask('m', 'time=100&stats=all');
    expect(data.stats).toEqual({
      timings: {
        evalTotalTime: 0,
        resultSortTime: 0,
        queryPreparationTime: 0,
        innerEvalTime: 0,
        execQueueTime: 0,
        execTotalTime: 0,
      },
      samples: {
        totalQueryableSamplesPerStep: [[100, 2]],
        totalQueryableSamples: 2,
        samplesRead: 22,
        peakSamples: expect.any(Number) as number,
      },
    });
  });

  // As Prometheus 3.5 counts them.
  it.each([
    ['m', [2, 2, 2], 6],
    ['sum_over_time(m[20s])', [4, 4, 4], 12],
    ['sum_over_time(m[15s] @ 50)', [4, 4, 4], 12],
    ['m @ end()', [2, 2, 2], 6],
    ['sum_over_time(m[20s:10s])', [4, 4, 4], 12],
    ['sum_over_time(sum_over_time(m[20s])[20s:5s])', [8, 8, 8], 24],
    ['m + m', [4, 4, 4], 12],
    ['vector(1)', [0, 0, 0], 0],
    ['m offset 30s', [0, 2, 2], 4],
  ])('of %s by step', async (query, perStep, total) => {
    const all = await ask(query, `${RANGE}&stats=all`, 'query_range');
    expect(all.data.stats?.samples).toMatchObject({
      totalQueryableSamplesPerStep: perStep.map((count, step) => [20 + 10 * step, count]),
      totalQueryableSamples: total,
    });
    const some = await ask(query, `${RANGE}&stats=true`, 'query_range');
    expect(some.data.stats?.samples).toMatchObject({ totalQueryableSamples: total });
    expect(some.data.stats?.samples).not.toHaveProperty('totalQueryableSamplesPerStep');
  });

  it('count the samples of a range as the whole query', async () => {
    const { data } = await ask('m[30s]', 'time=100&stats=all');
    expect(data.stats?.samples).toMatchObject({ totalQueryableSamplesPerStep: [[100, 6]] });
  });

  it('measure the phases', async () => {
    const clock = new ManualClock(NOW_MS);
    const memory = source();
    const slow: SeriesSource['select'] = memory.select.bind(memory);
    memory.select = (request) => {
      clock.advance(8);
      return slow(request);
    };
    const engine = new QueryEngine({ parseCacheEntriesMax: 0, clock });
    const asked = { ...toRequest('GET /api/v1/query?query=m&stats=true'), queuedMs: 2 };
    const answer = await askSource(memory, asked, { engine, clock });
    expect((JSON.parse(answer.text) as Answered).data.stats?.timings).toEqual({
      evalTotalTime: 0.008,
      resultSortTime: 0,
      queryPreparationTime: 0.008,
      innerEvalTime: 0,
      execQueueTime: 0.002,
      execTotalTime: 0.01,
    });
  });

  it('warn of values that will not be accepted any more', async () => {
    expect(await ask('m', 'time=100&stats=foo')).toMatchObject({
      warnings: [
        'value "foo" for parameter "stats" is deprecated and will be rejected in the next major release, use "true" or "all"',
      ],
      data: { stats: { samples: { totalQueryableSamples: 2 } } },
    });
    expect(await ask('m', 'time=100')).not.toHaveProperty('data.stats');
  });
});

function messages(span: Span | undefined, depth = 0): string[] {
  if (span === undefined) return [];
  const own = `${'  '.repeat(depth)}${span.message}`;
  return [own, ...(span.children ?? []).flatMap((child) => messages(child, depth + 1))];
}

describe('trace', () => {
  it('tells the phases, the selections and the operators', async () => {
    const query = 'sum by (job) (rate(m{job=~"a|b"}[20s])) + on () group_left vector(1) + scalar(m{job="a"})';
    const { trace } = await ask(query, `${RANGE}&trace=1`, 'query_range');
    const [evaluated, ...rest] = messages(trace).slice(6);
    expect(messages(trace).slice(0, 6)).toEqual([
      `/api/v1/query_range: query=${query}, start=20, end=40, step=10`,
      '  parse',
      '  plan: 2 selections, 3 steps',
      '  select',
      '    select m{job=~"a|b"} in [0.001, 40]: 2 series',
      '    select m{job="a"} in [-279.999, 40]: 1 series',
    ]);
    expect(evaluated).toMatch(/^ {2}evaluate: 1[34] samples read, at most \d+ bytes held$/);
    expect(rest).toEqual([
      '    binary operator +, 3 steps: 2 series, 6 samples in 2 reads',
      '      binary operator +, 3 steps: 2 series, 6 samples in 2 reads',
      '        sum by (job), 3 steps: 2 series, 6 samples in 2 reads',
      '          rate(), 3 steps: 2 series, 6 samples in 2 reads',
      '            selector m{job=~"a|b"}[20s], 3 steps: 2 series, 8 samples in 2 reads',
      '        the same at every step, 3 steps: 1 series, 3 samples in 1 reads',
      '          vector(), 1 step: 1 series, 1 samples in 1 reads',
      '      scalar(), 3 steps: done',
      '        selector m{job="a"}, 3 steps: 1 series, 3 samples in 1 reads',
      '    sort the result',
      expect.stringMatching(/^ {2}write JSON: \d+ bytes$/),
    ]);
  });

  it('names what is shared once', async () => {
    const { trace } = await ask('m + m', 'time=100&trace=1');
    expect(messages(trace)).toContain('      selector m, 1 step: shared, see above');
  });

  it.each(['', '0', 'f', 'False', 'no'])('is not there for %j', async (value) => {
    expect(await ask('m', `time=100&trace=${value}`)).not.toHaveProperty('trace');
  });

  it('has durations in milliseconds', async () => {
    const clock = new ManualClock(NOW_MS);
    const engine = new QueryEngine({ parseCacheEntriesMax: 0, clock });
    const memory = source();
    const select = memory.select.bind(memory);
    memory.select = (request) => {
      clock.advance(8.0625);
      return select(request);
    };
    const answer = await askSource(memory, 'GET /api/v1/query?query=m&trace=1', { engine, clock });
    const { trace } = JSON.parse(answer.text) as Answered;
    expect([trace?.duration_msec, trace?.children?.[2]?.duration_msec]).toEqual([8.063, 8.063]);
  });
});
