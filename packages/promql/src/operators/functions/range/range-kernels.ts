/** Function name → kernels: one for windows of floats, one for windows with native histograms. */
import type { NativeHistogram } from '@promontory/model';
import { executionError } from '../../../evaluate/execution-error.ts';
import { CountsSlab, type CountsMemory } from '../../../histogram/counts-slab.ts';
import { HistogramMean } from '../../../histogram/histogram-mean.ts';
import { HistogramSum } from '../../../histogram/histogram-sum.ts';
import type { HistogramCombination } from '../../histogram-combination.ts';
import type { ScalarOperator } from '../../operator.ts';
import { EdgeKernel, type EdgeFunction } from './edge-kernels.ts';
import { ExtendedHistogramRateKernel } from './extended-histogram-rate-kernel.ts';
import { ExtendedRateKernel } from './extended-rate-kernel.ts';
import { ExtremeKernel } from './extreme-kernel.ts';
import { ExtremeTimeKernel } from './extreme-time-kernel.ts';
import { FloatsOnlyKernel } from './floats-only-kernel.ts';
import { HistogramCombiningKernel } from './histogram-combining-kernel.ts';
import { HistogramRateKernel } from './histogram-rate-kernel.ts';
import { LastPairKernel } from './last-pair-kernel.ts';
import { MixedEdgeKernel } from './mixed-edge-kernel.ts';
import { MixedLastPairKernel } from './mixed-last-pair-kernel.ts';
import { MixedTransitionKernel } from './mixed-transition-kernel.ts';
import { MedianDeviationKernel, QuantileKernel } from './quantile-kernel.ts';
import type { HistogramKernel, RangeKernel } from './range-kernel.ts';
import type { RangeNotes } from './range-notes.ts';
import { RateKernel } from './rate-kernel.ts';
import { RegressionKernel } from './regression-kernel.ts';
import { SmoothingKernel } from './smoothing-kernel.ts';
import { AverageKernel, SumKernel } from './sum-kernels.ts';
import { TransitionKernel, type TransitionFunction } from './transition-kernel.ts';
import { VarianceKernel } from './variance-kernel.ts';

export type WindowExtension = 'anchored' | 'smoothed' | null;

/** What a call gives its kernels besides samples. */
export interface KernelArguments {
  readonly scalars: readonly ScalarOperator[];
  readonly extension: WindowExtension;
  readonly notes: RangeNotes;
  readonly onInvalidQuantile: (quantile: number) => void;
}

export interface KernelPair {
  readonly floats: RangeKernel;
  readonly histograms: HistogramKernel;
}

type KernelFactory = (args: KernelArguments) => KernelPair;

const FACTORIES: Readonly<Record<string, KernelFactory>> = {
  rate: rate(true, true),
  increase: rate(true, false),
  delta: rate(false, false),
  irate: lastPair(true),
  idelta: lastPair(false),
  sum_over_time: combining(
    () => new SumKernel(),
    (first, memory) => new HistogramSum(first, memory),
  ),
  avg_over_time: combining(
    () => new AverageKernel(),
    (first, memory) => new HistogramMean(first, memory),
  ),
  min_over_time: floatsOnly(() => new ExtremeKernel('min')),
  max_over_time: floatsOnly(() => new ExtremeKernel('max')),
  count_over_time: edge('count_over_time'),
  present_over_time: edge('present_over_time'),
  first_over_time: edge('first_over_time'),
  last_over_time: edge('last_over_time'),
  ts_of_first_over_time: edge('ts_of_first_over_time'),
  ts_of_last_over_time: edge('ts_of_last_over_time'),
  ts_of_min_over_time: floatsOnly(() => new ExtremeTimeKernel('min')),
  ts_of_max_over_time: floatsOnly(() => new ExtremeTimeKernel('max')),
  changes: transitions('changes'),
  resets: transitions('resets'),
  stddev_over_time: floatsOnly(() => new VarianceKernel(true)),
  stdvar_over_time: floatsOnly(() => new VarianceKernel(false)),
  mad_over_time: floatsOnly(() => new MedianDeviationKernel()),
  quantile_over_time: floatsOnly((args) => new QuantileKernel(scalar(args, 0), args.onInvalidQuantile)),
  deriv: floatsOnly(() => new RegressionKernel(null)),
  predict_linear: floatsOnly((args) => new RegressionKernel(scalar(args, 0))),
  double_exponential_smoothing: floatsOnly((args) => new SmoothingKernel(scalar(args, 0), scalar(args, 1))),
};

/** The functions that know what to do with samples around a window; sorted by name. */
const EXTENDABLE = {
  anchored: ['changes', 'delta', 'increase', 'rate', 'resets'],
  smoothed: ['delta', 'increase', 'rate'],
} as const satisfies Readonly<Record<'anchored' | 'smoothed', readonly string[]>>;

/** @throws PromontoryError ERR_QUERY_EXECUTION when the function does not go with anchored or smoothed ranges */
export function requireExtendable(functionName: string, extension: WindowExtension): void {
  if (extension === null) return;
  const names: readonly string[] = EXTENDABLE[extension];
  if (names.includes(functionName)) return;
  throw executionError(
    `${extension} modifier can only be used with: ${names.join(', ')} - not with ${functionName}`,
  );
}

/** @returns null when the function is not one over ranges */
export function makeRangeKernels(functionName: string, args: KernelArguments): KernelPair | null {
  return Object.hasOwn(FACTORIES, functionName) ? (FACTORIES[functionName]?.(args) ?? null) : null;
}

function rate(isCounter: boolean, isPerSecond: boolean): KernelFactory {
  return ({ notes, extension }) => {
    if (extension === null) {
      return {
        floats: new RateKernel(isCounter, isPerSecond, notes),
        histograms: new HistogramRateKernel(isCounter, isPerSecond, notes),
      };
    }
    const options = { isCounter, isPerSecond, isSmoothed: extension === 'smoothed' };
    return {
      floats: new ExtendedRateKernel(options),
      histograms: new ExtendedHistogramRateKernel(options, notes),
    };
  };
}

function lastPair(isRate: boolean): KernelFactory {
  return ({ notes }) => {
    const floats = new LastPairKernel(isRate);
    return { floats, histograms: new MixedLastPairKernel(isRate, floats, notes) };
  };
}

function combining(
  makeFloats: () => RangeKernel,
  combine: (first: NativeHistogram, memory: CountsMemory) => HistogramCombination,
): KernelFactory {
  return ({ notes }) => {
    const memory = new CountsSlab();
    return {
      floats: makeFloats(),
      histograms: new HistogramCombiningKernel((first) => combine(first, memory), notes),
    };
  };
}

function edge(edgeFunction: EdgeFunction): KernelFactory {
  return () => ({ floats: new EdgeKernel(edgeFunction), histograms: new MixedEdgeKernel(edgeFunction) });
}

function transitions(transitionFunction: TransitionFunction): KernelFactory {
  return () => ({
    floats: new TransitionKernel(transitionFunction),
    histograms: new MixedTransitionKernel(transitionFunction),
  });
}

function floatsOnly(makeFloats: (args: KernelArguments) => RangeKernel): KernelFactory {
  return (args) => {
    const floats = makeFloats(args);
    return { floats, histograms: new FloatsOnlyKernel(floats, args.notes) };
  };
}

const NOTHING: ScalarOperator = { values: () => new Float64Array(0) };

function scalar(args: KernelArguments, index: number): ScalarOperator {
  return args.scalars[index] ?? NOTHING;
}
