import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock } from '@promontory/base';
import { emptyBuckets, Labels, Matcher, type NativeHistogram } from '@promontory/model';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openTsdb, type Tsdb } from '../index.ts';

const NOW_MS = 1_763_700_000_000;
const SAMPLES = 100;
const STEP_MS = 1000;
const START_MS = NOW_MS - (SAMPLES - 1) * STEP_MS;
const ALL = { rangeStartMsInclusive: 0, rangeEndMsInclusive: 2 * NOW_MS };
const HISTOGRAM: NativeHistogram = {
  isInteger: true,
  counterResetHint: 'unknown',
  schema: 0,
  zeroThreshold: 0,
  zeroCount: 0,
  count: 0,
  sum: 0,
  isStale: false,
  positive: emptyBuckets(),
  negative: emptyBuckets(),
  customValues: new Float64Array(0),
};

let directory = '';
let tsdb: Tsdb;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'promontory-estimate-'));
  tsdb = await openTsdb({ directory, clock: new ManualClock(NOW_MS) });
});

afterEach(async () => {
  await tsdb.close();
  rmSync(directory, { recursive: true, force: true });
});

async function append(seriesCount: number, name = 'm'): Promise<void> {
  const appender = tsdb.appender();
  for (let series = 0; series < seriesCount; series++) {
    const labels = Labels.fromObject({ __name__: name, series: String(series) });
    for (let sample = 0; sample < SAMPLES; sample++) {
      appender.append(labels, START_MS + sample * STEP_MS, sample);
    }
  }
  await appender.commit();
}

const named = (name: string): Matcher[][] => [[new Matcher('=', '__name__', name)]];

describe.each([
  ['in the head', false],
  ['in a block', true],
])('an estimate of samples %s', (_where, isFlushed) => {
  it('is exact where all samples are in the range, and counts a part by its time', async () => {
    await append(10);
    await append(5, 'other');
    if (isFlushed) await tsdb.flush();
    expect(tsdb.estimate({ ...ALL, matcherSets: named('m') })).toEqual({
      seriesCount: 10,
      floats: 10 * SAMPLES,
      histograms: 0,
    });
    const half = { ...ALL, rangeStartMsInclusive: START_MS + ((SAMPLES - 1) * STEP_MS) / 2 };
    expect(tsdb.estimate({ ...half, matcherSets: named('other') })).toEqual({
      seriesCount: 5,
      floats: (5 * SAMPLES) / 2,
      histograms: 0,
    });
    const later = { ...ALL, rangeStartMsInclusive: NOW_MS + 1 };
    expect(tsdb.estimate({ ...later, matcherSets: [] })).toEqual({
      seriesCount: 15,
      floats: 0,
      histograms: 0,
    });
    expect(tsdb.estimate({ ...ALL, matcherSets: named('nobody') })).toEqual({
      seriesCount: 0,
      floats: 0,
      histograms: 0,
    });
  });

  it('counts a series that several alternatives select once, and histograms by themselves', async () => {
    const appender = tsdb.appender();
    const labels = Labels.fromObject({ __name__: 'h' });
    for (let sample = 0; sample < 4; sample++) {
      appender.appendHistogram(labels, START_MS + sample, HISTOGRAM);
    }
    await appender.commit();
    if (isFlushed) await tsdb.flush();
    const matcherSets = [...named('h'), [new Matcher('=~', '__name__', 'h|m')]];
    expect(tsdb.estimate({ ...ALL, matcherSets })).toEqual({ seriesCount: 1, floats: 0, histograms: 4 });
    expect(tsdb.timeExtent()).toEqual({ firstTimestampMs: START_MS, lastTimestampMs: START_MS + 3 });
  });

  it('judges many series by some of them', async () => {
    await append(1);
    const appender = tsdb.appender();
    for (let series = 0; series < 25_000; series++) {
      appender.append(Labels.fromObject({ __name__: 'many', series: String(series) }), NOW_MS, 1);
    }
    await appender.commit();
    if (isFlushed) await tsdb.flush();
    const { seriesCount, floats } = tsdb.estimate({ ...ALL, matcherSets: named('many') });
    expect(seriesCount).toBe(25_000);
    expect(floats).toBeCloseTo(25_000, 6);
  });

  it('does not take series for others of another length', async () => {
    const appender = tsdb.appender();
    for (let sample = 0; sample < 20 * SAMPLES; sample++) {
      appender.append(Labels.fromObject({ __name__: 'long' }), START_MS - sample * STEP_MS - 1, 1);
    }
    await appender.commit();
    await append(10);
    if (isFlushed) await tsdb.flush();
    for (const rangeStartMsInclusive of [START_MS, START_MS - 10 * SAMPLES * STEP_MS]) {
      const bounds = { ...ALL, rangeStartMsInclusive };
      expect(tsdb.estimate({ ...bounds, matcherSets: named('m') }).floats).toBe(10 * SAMPLES);
    }
  });
});

describe('blocks and times', () => {
  it('are none of an empty database', () => {
    expect([tsdb.blocks(), tsdb.timeExtent()]).toEqual([[], null]);
  });

  it('are told of the head and of blocks together', async () => {
    await append(2);
    await tsdb.flush();
    expect(tsdb.blocks()).toMatchObject([
      {
        level: 0,
        firstTimestampMs: START_MS,
        lastTimestampMs: NOW_MS,
        seriesCount: 2,
        floatCount: 2 * SAMPLES,
        histogramCount: 0,
      },
    ]);
    const appender = tsdb.appender();
    appender.append(Labels.fromObject({ __name__: 'newer' }), NOW_MS + 5, 1);
    await appender.commit();
    expect(tsdb.timeExtent()).toEqual({ firstTimestampMs: START_MS, lastTimestampMs: NOW_MS + 5 });
    expect(tsdb.blocks()).toHaveLength(1);
  });
});
