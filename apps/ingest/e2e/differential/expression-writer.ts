/** What the parts of the query writer call each other by. Depths say how deep calls and operators nest at most. */
import type { Choice } from './choice.ts';
import type { FamilyKind } from './metric-families.ts';
import type { SelectorWriter } from './selector-writer.ts';

export interface ExpressionWriter {
  readonly choice: Choice;
  readonly selectors: SelectorWriter;
  /** Instant vectors of floats, of native histograms, of either. */
  floats(depth: number): string;
  histograms(depth: number): string;
  any(depth: number): string;
  scalar(depth: number): string;
  /** A literal. */
  number(): string;
}

export const FLOATS: readonly FamilyKind[] = ['counter', 'counter', 'gauge', 'gauge', 'bucket'];
export const HISTOGRAMS: readonly FamilyKind[] = ['histogram', 'histogram', 'gauge-histogram', 'mixed'];
export const ALL: readonly FamilyKind[] = [...FLOATS, ...HISTOGRAMS];

export const words = (text: string): readonly string[] => text.split(' ');

export const COUNTER_RANGE = words('rate increase irate resets changes delta idelta');
export const FLOAT_RANGE = words(
  'deriv stddev_over_time stdvar_over_time min_over_time max_over_time ts_of_min_over_time ts_of_max_over_time',
);
export const ANY_RANGE = words(
  'avg_over_time sum_over_time count_over_time last_over_time present_over_time changes resets ts_of_last_over_time',
);
export const AGGREGATIONS = words('sum avg min max count group stddev stdvar');

/**
 * An operator between vectors, or with a scalar. Powers and atan2 are left out: the last digits of their operands soon
 * are the first ones of their results.
 */
export function operatorOf({ of }: Choice): string {
  const comparison = of(words('== != > < >= <='));
  return of([...words('+ - * / %'), `${comparison} bool`, comparison, comparison]);
}
