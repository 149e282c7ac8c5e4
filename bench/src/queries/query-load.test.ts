import { decodeWriteRequest, uncompress } from '@promontory/wire';
import { describe, expect, it } from 'vitest';
import { dashboardQueries } from './dashboard-queries.ts';
import { engineQueries } from './engine-queries.ts';
import { FULL_SIZE, makeQueryData, SMOKE_SIZE } from './query-data.ts';
import { makeQueryLoad, type QueryLoad } from './query-load.ts';
import { expectQueryData } from './stored-query-data.ts';

const NOW_MS = 1_790_003_000_000;
const BODY_BYTES_MAX = 1 << 24;

type Samples = Map<string, (readonly [timestampMs: number, value: number])[]>;

function samplesOf({ bodies }: QueryLoad): Samples {
  const samples: Samples = new Map();
  for (const body of bodies) {
    for (const { labels, timestampMs, value } of decodeWriteRequest(uncompress(body, BODY_BYTES_MAX))
      .series) {
      const key = labels.map((label) => `${label.name}=${label.value}`).join(',');
      const list = samples.get(key) ?? [];
      samples.set(key, list);
      for (const [index, time] of timestampMs.entries()) list.push([time, value[index]!]);
    }
  }
  return samples;
}

describe('makeQueryLoad', () => {
  it('sends every sample of every group once, in order', () => {
    const data = makeQueryData(SMOKE_SIZE, NOW_MS);
    const load = makeQueryLoad(data.groups);
    const samples = samplesOf(load);
    expect([...samples.values()].reduce((sum, list) => sum + list.length, 0)).toBe(load.sampleCount);
    expect(samples.size).toBe(data.groups.reduce((sum, { labels }) => sum + labels.length, 0));
    for (const group of data.groups) {
      for (const [index, labels] of group.labels.entries()) {
        const list = samples.get(labels.map(({ name, value }) => `${name}=${value}`).join(',')) ?? [];
        const count = (group.endMsInclusive - group.startMs) / group.intervalMs + 1;
        const times = Array.from({ length: count }, (_, point) => group.startMs + point * group.intervalMs);
        expect(list.map(([time]) => time)).toEqual(times);
        expect(list.at(-1)?.[1]).toBe(group.values.current[index]);
      }
    }
  });

  it('is the same for the same hour', () => {
    const bytes = (nowMs: number): string =>
      Buffer.concat([...makeQueryLoad(makeQueryData(SMOKE_SIZE, nowMs).groups).bodies]).toString('base64');
    expect(bytes(NOW_MS + 60_000)).toBe(bytes(NOW_MS));
  });
});

describe('expectQueryData', () => {
  it('asks for the series that live at the ends', () => {
    const data = makeQueryData(SMOKE_SIZE, NOW_MS);
    makeQueryLoad(data.groups);
    const [engine, dashboard] = expectQueryData(data);
    // a, b and 11 buckets of h in three sizes, and two metrics that join.
    expect(engine?.expected.seriesCount).toBe(13 * (1 + 4 + 6) + 2 * 6);
    expect(engine?.expected.rows).toHaveLength(4 + 6);
    expect(dashboard?.expected.seriesCount).toBe(20 + 30);
    expect(dashboard?.question.timeMs).toBe(data.dashboardEndMs);
  });
});

describe('the data in full size', () => {
  const data = makeQueryData(FULL_SIZE, NOW_MS);
  const queries = [...dashboardQueries(FULL_SIZE), ...engineQueries(FULL_SIZE)];
  const RANGE_MS: Readonly<Record<string, number>> = { '1m': 6e4, '5m': 3e5, '1h': 36e5, '1d': 864e5 };

  it('reaches back as far as every query does', () => {
    const short: string[] = [];
    for (const { group, query, name, stepCount, stepMs } of queries) {
      const endMs = group === 'dashboard' ? data.dashboardEndMs : data.engineEndMs;
      const ranges = [...query.matchAll(/\[(\w+)\]/g)].map(
        ([, range]) => RANGE_MS[range ?? ''] ?? Number.NaN,
      );
      const neededMs = endMs - stepCount * stepMs - Math.max(0, ...ranges);
      const metrics = new Set(
        data.groups.map(({ metric }) => metric).filter((metric) => hasWord(query, metric)),
      );
      for (const metric of metrics) {
        const starts = data.groups.filter((each) => each.metric === metric).map(({ startMs }) => startMs);
        if (!(Math.min(...starts) <= neededMs)) short.push(`${name}: ${metric}`);
      }
    }
    expect(short).toEqual([]);
  });

  it('counts 10,000 live series at the end, and no more than 15 million samples', () => {
    const live = data.groups.filter(({ endMsInclusive }) => endMsInclusive > data.dashboardEndMs - 300_000);
    expect(live.reduce((sum, { labels }) => sum + labels.length, 0)).toBe(10_000);
    const samples = data.groups.map(
      ({ labels, startMs, endMsInclusive, intervalMs }) =>
        labels.length * ((endMsInclusive - startMs) / intervalMs + 1),
    );
    expect(samples.reduce((sum, count) => sum + count, 0)).toBeLessThan(15e6);
  });

  it('is asked by between 100 and 130 queries with names of their own', () => {
    expect(new Set(queries.map(({ name }) => name)).size).toBe(queries.length);
    expect(queries.length).toBeGreaterThan(100);
    expect(queries.length).toBeLessThan(130);
    expect(queries.filter(({ query }) => /X|LONG/.test(query))).toEqual([]);
  });
});

function hasWord(text: string, word: string): boolean {
  return new RegExp(`\\b${word}\\b`).test(text);
}
