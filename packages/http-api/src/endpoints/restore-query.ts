/**
 * What vmalert asks after its start for the state of its alerts: `default_rollup(ALERTS_FOR_STATE{…}[3600s])`. The
 * function is one of MetricsQL: the newest sample of the range, and nothing where it ends the series. As a selector with
 * that lookback it is PromQL.
 */
import type { QueryEngineLike } from './endpoint.ts';
import type { QueryOptions } from './query-options.ts';
import { parseDuration } from '../parameters/duration-parameter.ts';

const ROLLUP_OF_RANGE = /^\s*default_rollup\s*\(\s*([^[].*)\[([\da-z]+)\]\s*\)\s*$/s;

/** @returns the options as they are unless the whole query is the rollup of one selector */
export function withRollupAsLookback(options: QueryOptions, engine: QueryEngineLike): QueryOptions {
  const [, query, rangeText] = ROLLUP_OF_RANGE.exec(options.query) ?? [];
  if (query === undefined || rangeText === undefined) return options;
  const range = parseDuration(rangeText);
  if ('problem' in range || range.durationMs <= 0 || !isSelector(query, engine)) return options;
  return { ...options, query, lookbackDeltaMs: range.durationMs };
}

/** What is no selector is told of the query as it was asked. */
function isSelector(query: string, engine: QueryEngineLike): boolean {
  try {
    return engine.parse(query).kind === 'vector-selector';
  } catch {
    return false;
  }
}
