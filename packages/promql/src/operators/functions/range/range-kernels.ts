/** Function name → kernel. */
import { EdgeKernel } from './edge-kernels.ts';
import { ExtremeKernel } from './extreme-kernel.ts';
import { ExtremeTimeKernel } from './extreme-time-kernel.ts';
import { LastPairKernel } from './last-pair-kernel.ts';
import { MedianDeviationKernel, QuantileKernel } from './quantile-kernel.ts';
import type { RangeKernel } from './range-kernel.ts';
import { RateKernel } from './rate-kernel.ts';
import { RegressionKernel } from './regression-kernel.ts';
import { SmoothingKernel } from './smoothing-kernel.ts';
import { AverageKernel, SumKernel } from './sum-kernels.ts';
import { TransitionKernel } from './transition-kernel.ts';
import { VarianceKernel } from './variance-kernel.ts';
import type { ScalarOperator } from '../../operator.ts';

/** The scalar arguments of a call and how it reports quantiles outside of [0, 1]. */
export interface KernelArguments {
  readonly scalars: readonly ScalarOperator[];
  readonly onInvalidQuantile: (quantile: number) => void;
}

type KernelFactory = (args: KernelArguments) => RangeKernel;

const FACTORIES: Readonly<Record<string, KernelFactory>> = {
  rate: () => new RateKernel(true, true),
  increase: () => new RateKernel(true, false),
  delta: () => new RateKernel(false, false),
  irate: () => new LastPairKernel(true),
  idelta: () => new LastPairKernel(false),
  sum_over_time: () => new SumKernel(),
  avg_over_time: () => new AverageKernel(),
  min_over_time: () => new ExtremeKernel('min'),
  max_over_time: () => new ExtremeKernel('max'),
  count_over_time: () => new EdgeKernel('count_over_time'),
  present_over_time: () => new EdgeKernel('present_over_time'),
  first_over_time: () => new EdgeKernel('first_over_time'),
  last_over_time: () => new EdgeKernel('last_over_time'),
  ts_of_first_over_time: () => new EdgeKernel('ts_of_first_over_time'),
  ts_of_last_over_time: () => new EdgeKernel('ts_of_last_over_time'),
  ts_of_min_over_time: () => new ExtremeTimeKernel('min'),
  ts_of_max_over_time: () => new ExtremeTimeKernel('max'),
  changes: () => new TransitionKernel('changes'),
  resets: () => new TransitionKernel('resets'),
  stddev_over_time: () => new VarianceKernel(true),
  stdvar_over_time: () => new VarianceKernel(false),
  mad_over_time: () => new MedianDeviationKernel(),
  quantile_over_time: (args) => new QuantileKernel(scalar(args, 0), args.onInvalidQuantile),
  deriv: () => new RegressionKernel(null),
  predict_linear: (args) => new RegressionKernel(scalar(args, 0)),
  double_exponential_smoothing: (args) => new SmoothingKernel(scalar(args, 0), scalar(args, 1)),
};

/** @returns null when the function is not one over ranges */
export function makeRangeKernel(functionName: string, args: KernelArguments): RangeKernel | null {
  return Object.hasOwn(FACTORIES, functionName) ? (FACTORIES[functionName]?.(args) ?? null) : null;
}

const NOTHING: ScalarOperator = { values: () => new Float64Array(0) };

function scalar(args: KernelArguments, index: number): ScalarOperator {
  return args.scalars[index] ?? NOTHING;
}
