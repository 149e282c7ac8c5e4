/** The functions of the language, with what they take and give. */
import type { ValueType } from '../ast/expression.ts';

export interface FunctionSignature {
  readonly args: readonly ValueType[];
  /**
   * 0: exactly these arguments. More: the last may be left out, or stand up to so many times. -1: it may be left
   * out, or stand any number of times.
   */
  readonly variadic: number;
  readonly result: ValueType;
  /** Prometheus has it behind a feature flag. */
  readonly isExperimental: boolean;
}

type Signature = Omit<FunctionSignature, 'isExperimental'>;

const NAMES_BY_GROUP = {
  scalarOfNothing: 'time pi step range start end',
  scalarOfTwoScalars: 'min_of max_of',
  vectorOfVector:
    'abs ceil floor exp ln log2 log10 sqrt sgn sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh rad deg sort sort_desc timestamp start_timestamp absent histogram_avg histogram_count histogram_sum histogram_stddev histogram_stdvar',
  vectorOfRange:
    'rate increase delta irate idelta deriv changes resets avg_over_time sum_over_time min_over_time max_over_time count_over_time last_over_time first_over_time present_over_time absent_over_time stddev_over_time stdvar_over_time mad_over_time ts_of_min_over_time ts_of_max_over_time ts_of_first_over_time ts_of_last_over_time',
  vectorOfOptionalVector: 'day_of_month day_of_week day_of_year days_in_month hour minute month year',
} as const;

const GROUPS: Readonly<Record<keyof typeof NAMES_BY_GROUP, Signature>> = {
  scalarOfNothing: { args: [], variadic: 0, result: 'scalar' },
  scalarOfTwoScalars: { args: ['scalar', 'scalar'], variadic: 0, result: 'scalar' },
  vectorOfVector: { args: ['vector'], variadic: 0, result: 'vector' },
  vectorOfRange: { args: ['matrix'], variadic: 0, result: 'vector' },
  vectorOfOptionalVector: { args: ['vector'], variadic: 1, result: 'vector' },
};

const SINGLE: Readonly<Record<string, Signature>> = {
  clamp: { args: ['vector', 'scalar', 'scalar'], variadic: 0, result: 'vector' },
  clamp_max: { args: ['vector', 'scalar'], variadic: 0, result: 'vector' },
  clamp_min: { args: ['vector', 'scalar'], variadic: 0, result: 'vector' },
  double_exponential_smoothing: { args: ['matrix', 'scalar', 'scalar'], variadic: 0, result: 'vector' },
  histogram_fraction: { args: ['scalar', 'scalar', 'vector'], variadic: 0, result: 'vector' },
  histogram_quantile: { args: ['scalar', 'vector'], variadic: 0, result: 'vector' },
  histogram_quantiles: { args: ['vector', 'string', 'scalar', 'scalar'], variadic: 9, result: 'vector' },
  info: { args: ['vector', 'vector'], variadic: 1, result: 'vector' },
  label_join: { args: ['vector', 'string', 'string', 'string'], variadic: -1, result: 'vector' },
  label_replace: {
    args: ['vector', 'string', 'string', 'string', 'string'],
    variadic: 0,
    result: 'vector',
  },
  predict_linear: { args: ['matrix', 'scalar'], variadic: 0, result: 'vector' },
  quantile_over_time: { args: ['scalar', 'matrix'], variadic: 0, result: 'vector' },
  round: { args: ['vector', 'scalar'], variadic: 1, result: 'vector' },
  scalar: { args: ['vector'], variadic: 0, result: 'scalar' },
  sort_by_label: { args: ['vector', 'string'], variadic: -1, result: 'vector' },
  sort_by_label_desc: { args: ['vector', 'string'], variadic: -1, result: 'vector' },
  vector: { args: ['scalar'], variadic: 0, result: 'vector' },
};

const EXPERIMENTAL: ReadonlySet<string> = new Set(
  'double_exponential_smoothing end histogram_quantiles info mad_over_time max_of min_of range sort_by_label sort_by_label_desc start start_timestamp step ts_of_first_over_time ts_of_last_over_time ts_of_max_over_time ts_of_min_over_time'.split(
    ' ',
  ),
);

export const FUNCTION_SIGNATURES: ReadonlyMap<string, FunctionSignature> = new Map(
  [...Object.entries(SINGLE), ...Object.entries(GROUPS).flatMap(groupEntries)].map(([name, signature]) => [
    name,
    { ...signature, isExperimental: EXPERIMENTAL.has(name) },
  ]),
);

function groupEntries([group, signature]: [string, Signature]): [string, Signature][] {
  const names = Object.entries(NAMES_BY_GROUP).find(([name]) => name === group)?.[1] ?? '';
  return names.split(' ').map((name) => [name, signature]);
}
