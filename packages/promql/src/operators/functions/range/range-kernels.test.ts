/** Every kernel against a plain computation over each window's samples, on random series. */
import { SeededRandom, systemClock } from '@promontory/base';
import { Labels, SampleColumns } from '@promontory/model';
import { describe, expect, it } from 'vitest';
import { QueryContext } from '../../../evaluate/query-context.ts';
import { FLOAT, StepColumn } from '../../../evaluate/step-column.ts';
import { TimeGrid } from '../../../evaluate/time-grid.ts';
import type { RangeOperator, ScalarOperator, WindowShape } from '../../operator.ts';
import { RangeFunctionOperator } from './range-function-operator.ts';
import { makeRangeKernels } from './range-kernels.ts';
import { RangeNotes } from './range-notes.ts';

interface Sample {
  readonly t: number;
  readonly v: number;
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
): StepColumn {
  const columns = new SampleColumns();
  for (const { t, v } of samples) columns.push(t, v);
  const source: RangeOperator = {
    windows,
    series: () => [{ labels: Labels.empty, dropName: false }],
    readSamples: () => ({ floats: columns, histograms: [] }),
    readStartTimestamps: () => new SampleColumns(0),
  };
  const half: ScalarOperator = { values: () => new Float64Array(grid.stepCount).fill(0.5) };
  const notes = new RangeNotes(() => undefined);
  const kernels = makeRangeKernels(name, {
    scalars: [half, half],
    extension: null,
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
  operator.read(0, target);
  return target;
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
