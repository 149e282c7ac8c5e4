/** Every kernel against a plain computation over each window's samples, on random series. */
import { SeededRandom, systemClock } from '@promontory/base';
import { Labels, SampleColumns, type HistogramSample } from '@promontory/model';
import { describe, expect, it } from 'vitest';
import { QueryContext } from '../../../evaluate/query-context.ts';
import { FLOAT, HISTOGRAM, StepColumn } from '../../../evaluate/step-column.ts';
import { TimeGrid } from '../../../evaluate/time-grid.ts';
import { UNWATCHED_BLOCKS } from '../../../evaluate/work-blocks.ts';
import { exponential } from '../../../histogram/histogram-test-values.ts';
import type { RangeOperator, ScalarOperator, WindowShape } from '../../operator.ts';
import { RangeFunctionOperator } from './range-function-operator.ts';
import { makeRangeKernels, type WindowExtension } from './range-kernels.ts';
import { RangeNotes } from './range-notes.ts';

interface Sample {
  readonly t: number;
  readonly v: number;
  /** A histogram with so many observations in one bucket stands for the value. */
  readonly isHistogram?: boolean;
}

type Plain = (window: readonly Sample[], startMs: number, endMs: number) => number | null;

const last = (window: readonly Sample[]): Sample => window[window.length - 1] ?? { t: 0, v: NaN };
const first = (window: readonly Sample[]): Sample => window[0] ?? { t: 0, v: NaN };
const numbers = (window: readonly Sample[]): number[] =>
  window.map(({ v }) => v).filter((v) => !Number.isNaN(v));

function plainRate(isCounter: boolean, isPerSecond: boolean): Plain {
  return (window, startMs, endMs) => {
    if (window.length < 2) return null;
    let increase = last(window).v - first(window).v;
    for (let i = 1; i < window.length; i++) {
      const [previous, current] = [window[i - 1]?.v ?? 0, window[i]?.v ?? 0];
      if (isCounter && current < previous) increase += previous;
    }
    const sampled = (last(window).t - first(window).t) / 1000;
    const average = sampled / (window.length - 1);
    const edge = (seconds: number): number => (seconds >= average * 1.1 ? average / 2 : seconds);
    let before = edge((first(window).t - startMs) / 1000);
    if (isCounter && increase > 0 && first(window).v >= 0) {
      before = Math.min(before, sampled * (first(window).v / increase));
    }
    const factor = (sampled + before + edge((endMs - last(window).t) / 1000)) / sampled;
    return increase * (isPerSecond ? factor / ((endMs - startMs) / 1000) : factor);
  };
}

const PLAIN: Readonly<Record<string, Plain>> = {
  rate: plainRate(true, true),
  increase: plainRate(true, false),
  delta: plainRate(false, false),
  sum_over_time: (window) => window.reduce((sum, { v }) => sum + v, 0),
  avg_over_time: (window) => window.reduce((sum, { v }) => sum + v, 0) / window.length,
  min_over_time: (window) => (numbers(window).length === 0 ? NaN : Math.min(...numbers(window))),
  max_over_time: (window) => (numbers(window).length === 0 ? NaN : Math.max(...numbers(window))),
  count_over_time: (window) => window.length,
  first_over_time: (window) => first(window).v,
  last_over_time: (window) => last(window).v,
  present_over_time: () => 1,
  ts_of_first_over_time: (window) => first(window).t / 1000,
  ts_of_last_over_time: (window) => last(window).t / 1000,
  idelta: (window) => (window.length < 2 ? null : last(window).v - (window[window.length - 2]?.v ?? NaN)),
  changes: (window) => {
    const isChange = (v: number, index: number): boolean => index > 0 && !Object.is(v, window[index - 1]?.v);
    return window.filter(({ v }, index) => isChange(v, index)).length;
  },
  resets: (window) => window.filter(({ v }, index) => v < (window[index - 1]?.v ?? -Infinity)).length,
  stdvar_over_time: (window) => {
    const mean = window.reduce((sum, { v }) => sum + v, 0) / window.length;
    return window.reduce((sum, { v }) => sum + (v - mean) ** 2, 0) / window.length;
  },
};

function makeSamples(random: SeededRandom, withNaN: boolean): Sample[] {
  const samples: Sample[] = [];
  let counter = random.nextInt(20);
  for (let t = random.nextInt(30_000); t < 1_200_000; t += 1 + random.nextInt(30_000)) {
    counter = random.nextInt(12) === 0 ? random.nextInt(4) : counter + random.nextInt(6);
    samples.push({ t, v: withNaN && random.nextInt(5) === 0 ? NaN : counter });
  }
  return samples;
}

function evaluate(
  name: string,
  samples: readonly Sample[],
  grid: TimeGrid,
  windows: WindowShape,
  extension: WindowExtension = null,
): StepColumn {
  const columns = new SampleColumns();
  const histograms: HistogramSample[] = [];
  for (const { t, v, isHistogram } of samples) {
    if (isHistogram === true) {
      histograms.push({ timestampMs: t, histogram: exponential({ positive: { 0: v } }) });
    } else columns.push(t, v);
  }
  const source: RangeOperator = {
    windows,
    series: () => [{ labels: Labels.empty, dropName: false }],
    readSamples: () => ({ floats: columns, histograms }),
    readStartTimestamps: () => new SampleColumns(0),
  };
  const half: ScalarOperator = { values: () => new Float64Array(grid.stepCount).fill(0.5) };
  const notes = new RangeNotes(() => undefined);
  const kernels = makeRangeKernels(name, {
    scalars: [half, half],
    extension,
    notes,
    onInvalidQuantile: () => undefined,
  });
  if (kernels === null) throw new Error(`no kernel ${name}`);
  const context = new QueryContext({
    text: '',
    limits: { samplesMax: 1e6, durationMsMax: 60_000, memoryBytesMax: 1e9, stepsMax: 11_000 },
    isCancelled: () => false,
    clock: systemClock,
  });
  const operator = new RangeFunctionOperator({
    context,
    tally: context.samples.counted,
    grid,
    source,
    kernels,
    notes,
    keepsName: false,
    onSeriesWithFloats: null,
  });
  const target = new StepColumn(grid.stepCount);
  // A second reading finds the kernel in another state and must give the same.
  operator.read(0, target);
  const before = floatsOf(target);
  operator.read(0, target);
  expect(floatsOf(target)).toEqual(before);
  return target;
}

function floatsOf({ values, kinds }: StepColumn): (number | null)[] {
  return Array.from(values, (value, step) => (kinds[step] === FLOAT ? value : null));
}

function isClose(got: number | null, expected: number | null): boolean {
  if (got === null || expected === null || Number.isNaN(expected)) return Object.is(got, expected);
  return Math.abs(got - expected) <= 1e-9 * (1 + Math.abs(expected));
}

describe('range kernels', () => {
  for (const [name, plain] of Object.entries(PLAIN)) {
    it(`${name} gives what a scan of every window gives`, () => {
      for (let seed = 1; seed <= 30; seed++) {
        const random = new SeededRandom(seed);
        const withNaN = name === 'min_over_time' || name === 'max_over_time' || name === 'changes';
        const samples = makeSamples(random, withNaN);
        const grid = TimeGrid.between(random.nextInt(100_000), 1_400_000, 1000 + random.nextInt(60_000));
        const windows = {
          rangeMs: 1 + random.nextInt(200_000),
          offsetMs: random.nextInt(40_000) - 20_000,
          atMs: seed % 7 === 0 ? 600_000 : null,
          beforeMs: 0,
          afterMs: 0,
        };
        const column = evaluate(name, samples, grid, windows);
        for (let step = 0; step < grid.stepCount; step++) {
          const endMs = (windows.atMs ?? grid.timeMs(step)) - windows.offsetMs;
          const startMs = endMs - windows.rangeMs;
          const window = samples.filter(({ t }) => t > startMs && t <= endMs);
          const expected = window.length === 0 ? null : plain(window, startMs, endMs);
          const got = column.kinds[step] === FLOAT ? (column.values[step] ?? null) : null;
          expect(isClose(got, expected), `seed ${seed} step ${step}: ${got}, want ${expected}`).toBe(true);
        }
      }
    });
  }
});

function makeGrid(random: SeededRandom): TimeGrid {
  return TimeGrid.between(random.nextInt(100_000), 1_400_000, 1000 + random.nextInt(60_000));
}

/** What becomes of the value at a step; of a histogram its count. */
function valueAt(column: StepColumn, step: number): number | null {
  if (column.kinds[step] === HISTOGRAM) return column.histogram(step).count;
  return column.kinds[step] === FLOAT ? (column.values[step] ?? null) : null;
}

/** On the line between two samples; a counter that was reset begins at zero where the first of them is. */
function between(left: Sample, right: Sample, t: number): number {
  const from = right.v < left.v ? 0 : left.v;
  return from + ((right.v - from) * (t - left.t)) / (right.t - left.t);
}

/** The increase over all values from the start of the window to its end. */
function plainIncrease(
  window: readonly Sample[],
  startMs: number,
  endMs: number,
  isSmoothed: boolean,
): number | null {
  const before = window.findLast(({ t }) => t <= startMs);
  const after = isSmoothed ? window.find(({ t }) => t >= endMs) : undefined;
  const inside = window.filter(({ t }) => t > startMs && t < endMs);
  const atEnd = window.filter(({ t }) => t === endMs);
  const next = [...inside, ...atEnd, ...(after === undefined ? [] : [after])][0];
  if (next === undefined || (isSmoothed && before === undefined && next.t > endMs)) return null;
  const values = [...inside, ...(isSmoothed ? [] : atEnd)].map(({ v }) => v);
  if (before !== undefined) values.unshift(isSmoothed ? between(before, next, startMs) : before.v);
  const previous = [...(before === undefined ? [] : [before]), ...inside].at(-1);
  if (after !== undefined) values.push(previous === undefined ? after.v : between(previous, after, endMs));
  let increase = 0;
  for (let index = 1; index < values.length; index++) {
    const [left, right] = [values[index - 1] ?? NaN, values[index] ?? NaN];
    increase += right < left ? right : right - left;
  }
  return increase;
}

describe('range kernels of extended windows', () => {
  it.each([
    ['anchored', false],
    ['anchored', true],
    ['smoothed', false],
    ['smoothed', true],
  ] as const)('increase, %s, of histograms: %s', (extension, isHistogram) => {
    for (let seed = 1; seed <= 30; seed++) {
      const random = new SeededRandom(seed);
      const samples = makeSamples(random, false).map((sample) => ({ ...sample, isHistogram }));
      const grid = makeGrid(random);
      const afterMs = extension === 'smoothed' ? 40_000 : 0;
      const rangeMs = 1 + random.nextInt(200_000);
      const windows = { rangeMs, offsetMs: 0, atMs: null, beforeMs: 40_000, afterMs };
      const column = evaluate('increase', samples, grid, windows, extension);
      for (let step = 0; step < grid.stepCount; step++) {
        const endMs = grid.timeMs(step);
        const startMs = endMs - rangeMs;
        const window = samples.filter(({ t }) => t > startMs - 40_000 && t <= endMs + afterMs);
        const expected = plainIncrease(window, startMs, endMs, extension === 'smoothed');
        const got = valueAt(column, step);
        expect(isClose(got, expected), `seed ${seed} step ${step}: ${got}, want ${expected}`).toBe(true);
      }
    }
  });
});

describe('range kernels of both kinds of samples', () => {
  /** Whether the kind changed, or what `plain` says of neighbours of the same kind. */
  const count = (window: readonly Sample[], plain: (previous: number, current: number) => boolean): number =>
    window.filter(({ v, isHistogram }, index) => {
      const previous = window[index - 1];
      if (previous === undefined) return false;
      return previous.isHistogram !== isHistogram || plain(previous.v, v);
    }).length;

  it.each([
    ['changes', (previous: number, current: number) => current !== previous],
    ['resets', (previous: number, current: number) => current < previous],
  ] as const)('%s gives what a scan of every window gives', (name, plain) => {
    for (let seed = 1; seed <= 30; seed++) {
      const random = new SeededRandom(seed);
      const mixed = makeSamples(random, false).map((sample) => ({
        ...sample,
        isHistogram: random.nextInt(3) > 0,
      }));
      const grid = makeGrid(random);
      const rangeMs = 1 + random.nextInt(200_000);
      const windows = { rangeMs, offsetMs: 0, atMs: null, beforeMs: 0, afterMs: 0 };
      const column = evaluate(name, mixed, grid, windows);
      for (let step = 0; step < grid.stepCount; step++) {
        const endMs = grid.timeMs(step);
        const window = mixed.filter(({ t }) => t > endMs - rangeMs && t <= endMs);
        const expected = window.length === 0 ? null : count(window, plain);
        expect(valueAt(column, step), `seed ${seed} step ${step}`).toBe(expected);
      }
    }
  });

  it.each(['changes', 'resets'])('%s compares histograms once a series', (name) => {
    let looks = 0;
    const histograms: HistogramSample[] = [1, 2, 3].map((count) => ({
      timestampMs: count * 1000,
      histogram: new Proxy(exponential({ positive: { 0: count } }), {
        get: (target, key, receiver): unknown => {
          looks++;
          return Reflect.get(target, key, receiver);
        },
      }),
    }));
    const args = { scalars: [], extension: null, notes: new RangeNotes(() => undefined) };
    const kernel = makeRangeKernels(name, { ...args, onInvalidQuantile: () => undefined })?.histograms;
    const floats = new SampleColumns();
    kernel?.begin({
      floats,
      histograms,
      floatStartsMs: null,
      histogramStartsMs: null,
      blocks: UNWATCHED_BLOCKS,
    });
    const looksPerSeries = looks;
    const window = { low: 0, high: 0, histogramLow: 0, histogramHigh: 3, startMs: 0, endMs: 3000 };
    const column = new StepColumn(1);
    kernel?.evaluate({ ...window, step: 0, stepTimeMs: 3000 }, column);
    expect(column.values[0]).toBe(name === 'changes' ? 2 : 0);
    expect(looksPerSeries).toBeGreaterThan(0);
    expect(looks).toBe(looksPerSeries);
  });
});
