import { Labels, Matcher, SampleColumns } from '@promontory/model';
import { describe, expect, it } from 'vitest';
import { MemorySeriesSource, STALE } from './memory-series-source.ts';

const A = Labels.fromObject({ __name__: 'm', job: 'a' });
const B = Labels.fromObject({ __name__: 'm', job: 'b', zone: 'z' });
const ALL = { matcherSets: [], rangeStartMsInclusive: 0, rangeEndMsInclusive: 1000, countMax: 0 };

function makeSource(): MemorySeriesSource {
  const source = new MemorySeriesSource();
  for (const timestampMs of [30, 10, 20]) source.add(A, timestampMs, timestampMs / 10);
  source.add(A, 20, 7);
  source.add(B, 500, STALE);
  return source;
}

async function read(
  source: MemorySeriesSource,
  startMs: number,
  endMs: number,
): Promise<[number[], number[]]> {
  const set = await source.select({
    matchers: [new Matcher('=', 'job', 'a')],
    rangeStartMsInclusive: startMs,
    rangeEndMsInclusive: endMs,
    hints: { stepMs: 0, rangeMs: 0, functionName: '' },
  });
  const samples = new SampleColumns(1);
  if (set.seriesCount > 0) set.read(0, samples);
  set.close();
  set.close();
  const { count } = samples;
  return [[...samples.timestampMs.subarray(0, count)], [...samples.value.subarray(0, count)]];
}

describe('MemorySeriesSource', () => {
  it('sorts what is added, and replaces what is there', async () => {
    expect(await read(makeSource(), 0, 100)).toEqual([
      [10, 20, 30],
      [1, 7, 3],
    ]);
  });

  it.each([
    [11, 29, [20]],
    [10, 10, [10]],
    [31, 99, []],
  ])('reads from %d to %d', async (startMs, endMs, expected) => {
    expect((await read(makeSource(), startMs, endMs))[0]).toEqual(expected);
  });

  it('keeps staleness markers bit for bit', async () => {
    const set = await makeSource().select({
      matchers: [new Matcher('=', 'job', 'b')],
      rangeStartMsInclusive: 0,
      rangeEndMsInclusive: 1000,
      hints: { stepMs: 0, rangeMs: 0, functionName: '' },
    });
    const samples = new SampleColumns();
    set.read(0, samples);
    expect(samples.isStale(0)).toBe(true);
  });

  it('lists names, values and series, sorted and limited', async () => {
    const source = makeSource();
    expect(await source.labelNames(ALL)).toEqual({ values: ['__name__', 'job', 'zone'], truncated: false });
    expect(await source.labelValues('job', { ...ALL, countMax: 1 })).toEqual({
      values: ['a'],
      truncated: true,
    });
    expect((await source.series(ALL)).values).toEqual([A, B]);
    const matcherSets = [[new Matcher('=', 'zone', 'z')], [new Matcher('=', 'job', 'x')]];
    expect((await source.series({ ...ALL, matcherSets })).values).toEqual([B]);
    expect((await source.series({ ...ALL, rangeEndMsInclusive: 100 })).values).toEqual([A]);
  });
});
