/** The functions that the engine has, with what they take and give. */
import type { ValueType } from '../ast/expression.ts';

export interface FunctionSignature {
  readonly args: readonly ValueType[];
  /** How many of the last arguments may be left out; -1: the last may be repeated, or left out. */
  readonly optional: number;
  readonly result: ValueType;
}

const TABLE: Readonly<Record<string, string>> = {
  scalar_of_nothing: 'time pi step range start end',
  scalar_of_two_scalars: 'min_of max_of',
  vector_of_vector:
    'abs ceil floor exp ln log2 log10 sqrt sgn sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh rad deg sort sort_desc timestamp absent',
  vector_of_range:
    'rate increase delta irate idelta deriv changes resets avg_over_time sum_over_time min_over_time max_over_time count_over_time last_over_time first_over_time present_over_time absent_over_time stddev_over_time stdvar_over_time mad_over_time ts_of_min_over_time ts_of_max_over_time ts_of_first_over_time ts_of_last_over_time',
  vector_of_optional_vector: 'day_of_month day_of_week day_of_year days_in_month hour minute month year',
};

const GROUPS: Readonly<Record<string, FunctionSignature>> = {
  scalar_of_nothing: { args: [], optional: 0, result: 'scalar' },
  scalar_of_two_scalars: { args: ['scalar', 'scalar'], optional: 0, result: 'scalar' },
  vector_of_vector: { args: ['vector'], optional: 0, result: 'vector' },
  vector_of_range: { args: ['matrix'], optional: 0, result: 'vector' },
  vector_of_optional_vector: { args: ['vector'], optional: 1, result: 'vector' },
};

const SINGLE: Readonly<Record<string, FunctionSignature>> = {
  clamp: { args: ['vector', 'scalar', 'scalar'], optional: 0, result: 'vector' },
  clamp_max: { args: ['vector', 'scalar'], optional: 0, result: 'vector' },
  clamp_min: { args: ['vector', 'scalar'], optional: 0, result: 'vector' },
  double_exponential_smoothing: { args: ['matrix', 'scalar', 'scalar'], optional: 0, result: 'vector' },
  histogram_fraction: { args: ['scalar', 'scalar', 'vector'], optional: 0, result: 'vector' },
  histogram_quantile: { args: ['scalar', 'vector'], optional: 0, result: 'vector' },
  histogram_quantiles: { args: ['vector', 'string', 'scalar', 'scalar'], optional: -1, result: 'vector' },
  label_join: { args: ['vector', 'string', 'string', 'string'], optional: -1, result: 'vector' },
  label_replace: {
    args: ['vector', 'string', 'string', 'string', 'string'],
    optional: 0,
    result: 'vector',
  },
  predict_linear: { args: ['matrix', 'scalar'], optional: 0, result: 'vector' },
  quantile_over_time: { args: ['scalar', 'matrix'], optional: 0, result: 'vector' },
  round: { args: ['vector', 'scalar'], optional: 1, result: 'vector' },
  scalar: { args: ['vector'], optional: 0, result: 'scalar' },
  sort_by_label: { args: ['vector', 'string'], optional: -1, result: 'vector' },
  sort_by_label_desc: { args: ['vector', 'string'], optional: -1, result: 'vector' },
  vector: { args: ['scalar'], optional: 0, result: 'vector' },
};

/** Named in the language, not in this engine. */
export const UNSUPPORTED_FUNCTIONS: ReadonlySet<string> = new Set([
  'histogram_avg',
  'histogram_count',
  'histogram_stddev',
  'histogram_stdvar',
  'histogram_sum',
  'info',
  'start_timestamp',
]);

export const FUNCTION_SIGNATURES: ReadonlyMap<string, FunctionSignature> = new Map([
  ...Object.entries(SINGLE),
  ...Object.entries(TABLE).flatMap(([group, names]) =>
    names.split(' ').map((name): [string, FunctionSignature] => [name, groupSignature(group)]),
  ),
]);

function groupSignature(group: string): FunctionSignature {
  return GROUPS[group] ?? { args: [], optional: 0, result: 'scalar' };
}
