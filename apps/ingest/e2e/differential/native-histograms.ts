/** Native histograms of every kind, alone and mixed with floats. */
import type { WireHistogram } from '@promontory/wire';
import type { SeriesToWrite } from '../../test/write-body.ts';
import type { Choice } from './choice.ts';
import { counterValue } from './float-series.ts';
import { FIRST_VALUES, HistogramMaker, type HistogramShape, staleHistogramAt } from './histogram-maker.ts';
import {
  floatSeries,
  histogramSeries,
  type Labels,
  SLICE_MS,
  type SlotOptions,
  timeSlots,
} from './time-slots.ts';

const BOUNDS = [0.1, 0.5, 1, 2.5, 10];
const OTHER_BOUNDS: readonly (readonly number[])[] = [BOUNDS, [0.1, 1, 10], [0.25, 1, 4], [-1, 0, 1, 5, 20]];

/** So many that a rate is never extrapolated below zero, which Prometheus 3.5 knows of floats only. */
const FIRST_COUNT = 800;

/** Lets a histogram observe, and changes it in other ways now and then. */
type Step = (histogram: HistogramMaker, choice: Choice) => void;

export function makeNativeHistograms(choice: Choice): SeriesToWrite[] {
  return [...counters(choice), ...customBuckets(choice), ...gauges(choice), ...mixed(choice)];
}

function native(
  choice: Choice,
  labels: Labels,
  shape: HistogramShape,
  step: Step,
  slots: SlotOptions = {},
): SeriesToWrite {
  return histogramSeries(labels, timeSlots(choice, slots), stepping(choice, shape, step));
}

function stepping(choice: Choice, shape: HistogramShape, step: Step): (timeMs: number) => WireHistogram {
  const histogram = new HistogramMaker({ firstCount: FIRST_COUNT, ...shape });
  return (timeMs) => {
    step(histogram, choice);
    return histogram.at(timeMs);
  };
}

/**
 * A few observations around `scale`, one at least: whether histograms of equal counts are equal depends in Prometheus
 * on the chunks that they are in.
 */
function observing(scale: number, isSigned = false): Step {
  return (histogram, choice) => {
    for (let left = choice.below(6); left >= 0; left--) {
      const value = choice.oneIn(9) ? 0 : choice.between(0.001, 3) * scale;
      histogram.observe(isSigned && choice.oneIn(2) ? -value : value);
    }
  };
}

function both(...steps: readonly Step[]): Step {
  return (histogram, choice) => {
    for (const step of steps) step(histogram, choice);
  };
}

const resetting: Step = (histogram, choice) => {
  if (choice.oneIn(50)) histogram.reset();
};

function counters(choice: Choice): SeriesToWrite[] {
  const series: SeriesToWrite[] = [];
  for (const job of ['api', 'web']) {
    for (const instance of ['a:80', 'b:80']) {
      const shape: HistogramShape = {
        flavor: 'integer',
        schema: job === 'api' ? 1 : 3,
        zeroThreshold: 0.001,
      };
      const labels = { __name__: 'native_latency', instance, job };
      const slots = { lossOneIn: instance === 'b:80' ? 8 : 0, startMs: job === 'web' ? 1_000_500 : 0 };
      series.push(native(choice, labels, shape, both(resetting, observing(1)), slots));
    }
  }
  const coarser: Step = (histogram, at) => {
    if (at.oneIn(40)) histogram.reset({ schema: 4 });
    else if (at.oneIn(60)) histogram.halveResolution();
    if (at.oneIn(90)) histogram.widenZeroTo(-at.below(20));
  };
  const wide: HistogramShape = { flavor: 'integer', schema: 4, zeroThreshold: 2 ** -10 };
  series.push(
    native(choice, { __name__: 'native_changing' }, wide, both(coarser, observing(4))),
    native(choice, { __name__: 'native_signed', kind: 'integer' }, wide, both(resetting, observing(2, true))),
    native(
      choice,
      { __name__: 'native_signed', kind: 'float' },
      { flavor: 'float', schema: 2, zeroThreshold: 0.01 },
      both(resetting, (histogram, at) => histogram.observe(at.between(-5, 5), at.between(0.001, 2))),
    ),
    native(
      choice,
      { __name__: 'native_signed', kind: 'coarse' },
      { flavor: 'float', schema: -2 },
      observing(900),
    ),
    young(choice),
    // No bucket comes later than the others: a quantile among NaN depends in Prometheus on empty buckets.
    native(choice, { __name__: 'native_nan' }, wide, (histogram, at) => {
      histogram.observe(at.oneIn(60) ? Number.NaN : at.of(FIRST_VALUES));
      if (at.oneIn(40)) histogram.reset();
    }),
    flapping(choice),
  );
  return series;
}

/** Begins with so little that a counter's rate would be extrapolated to before its beginning. */
function young(choice: Choice): SeriesToWrite {
  const histogram = new HistogramMaker({ flavor: 'integer', schema: 0 });
  return histogramSeries(
    { __name__: 'native_young' },
    timeSlots(choice, { startMs: 300_000 }),
    (timeMs, index) => {
      histogram.observe(3, index === 0 ? 1 : 20);
      return histogram.at(timeMs);
    },
  );
}

function flapping(choice: Choice): SeriesToWrite {
  const histogramAt = stepping(choice, { flavor: 'integer', schema: 0 }, observing(8));
  const times = timeSlots(choice, { jitterMs: 9000 });
  return histogramSeries({ __name__: 'native_flapping' }, times, (timeMs) =>
    choice.oneIn(8) ? staleHistogramAt(timeMs, 'integer') : histogramAt(timeMs),
  );
}

function customBuckets(choice: Choice): SeriesToWrite[] {
  const series: SeriesToWrite[] = [];
  const shape: HistogramShape = { flavor: 'integer', schema: -53, bounds: BOUNDS };
  for (const instance of ['a:80', 'b:80']) {
    const labels = { __name__: 'native_custom', instance };
    series.push(native(choice, labels, shape, both(resetting, observing(2))));
  }
  const rebounding: Step = (histogram, at) => {
    if (at.oneIn(40)) histogram.reset({ bounds: at.of(OTHER_BOUNDS) });
  };
  series.push(
    native(choice, { __name__: 'native_bounds', kind: 'changing' }, shape, both(rebounding, observing(2))),
    native(choice, { __name__: 'native_bounds', kind: 'float' }, { ...shape, flavor: 'float' }, observing(1)),
    native(
      choice,
      { __name__: 'native_bounds', kind: 'other' },
      { ...shape, bounds: [0.1, 1, 10] },
      observing(1),
    ),
    native(choice, { __name__: 'both_seconds', job: 'api' }, shape, observing(1)),
  );
  return series;
}

function gauges(choice: Choice): SeriesToWrite[] {
  const forgetting: Step = (histogram, at) => {
    if (at.oneIn(3)) histogram.reset();
  };
  const labels = { __name__: 'native_gauge' };
  const shape: HistogramShape = { flavor: 'integer', schema: 2, zeroThreshold: 0.001, resetHint: 3 };
  return [
    native(choice, { ...labels, kind: 'integer' }, shape, both(forgetting, observing(1))),
    native(
      choice,
      { ...labels, kind: 'float' },
      { ...shape, flavor: 'float' },
      both(forgetting, observing(3)),
    ),
    native(
      choice,
      { ...labels, kind: 'custom' },
      { ...shape, schema: -53, bounds: BOUNDS, zeroThreshold: 0 },
      both(forgetting, observing(3)),
    ),
  ];
}

/** One name over floats and histograms: in series of their own, and in one series over time. */
function mixed(choice: Choice): SeriesToWrite[] {
  const shape: HistogramShape = { flavor: 'integer', schema: 0, zeroThreshold: 0.001 };
  const custom: HistogramShape = { flavor: 'integer', schema: -53, bounds: BOUNDS };
  const name = { __name__: 'mixed_kinds' };
  return [
    floatSeries({ ...name, kind: 'float' }, timeSlots(choice), counterValue(choice, 9, 40)),
    native(choice, { ...name, kind: 'exponential' }, shape, observing(1)),
    native(choice, { ...name, kind: 'custom' }, custom, observing(1)),
    alternating(choice, { ...name, kind: 'turns' }, [shape]),
    alternating(choice, { __name__: 'turning' }, [shape, custom]),
  ];
}

/** Floats in some slices of time, histograms of several shapes in the others. */
function alternating(choice: Choice, labels: Labels, shapes: readonly HistogramShape[]): SeriesToWrite {
  const makers = shapes.map((shape) => stepping(choice, shape, observing(1)));
  const times = timeSlots(choice, { intervalMs: 20_000 });
  const kindOfSlice = times.map(() => choice.below(makers.length + 1));
  const kindAt = (timeMs: number): number => kindOfSlice[Math.floor(timeMs / SLICE_MS)] ?? 0;
  const value = counterValue(choice, 9, 0);
  const floats = floatSeries(labels, times, (timeMs) => (kindAt(timeMs) === 0 ? value() : null));
  const histograms = histogramSeries(labels, times, (timeMs) => makers[kindAt(timeMs) - 1]?.(timeMs) ?? null);
  return { ...floats, ...histograms };
}
