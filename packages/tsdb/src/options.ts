/** What a database can be told. Every bound has a default and an error of its own. */
import { type Clock, systemClock } from '@promontory/base';
import type { OnDamage } from './store/damage.ts';

export interface TsdbLimits {
  /** Samples older than this are refused and blocks older than this are dropped. */
  readonly retentionMs: number;
  /** How far behind its series' newest sample a sample may come. */
  readonly outOfOrderWindowMs: number;
  /** How far in the future a sample may lie. */
  readonly futureWindowMs: number;
  /** Most series; also bounds the memory reserved (not used) for their headers. */
  readonly seriesMax: number;
  /** Most series with one metric name, 0 for no limit. */
  readonly seriesPerMetricMax: number;
  /** A generation is flushed to a block when its log has grown to this. */
  readonly logBytesMax: number;
  /** A generation is flushed to a block when it is this old, so that retention and memory keep pace. */
  readonly generationAgeMsMax: number;
  /** The bound on the memory of one generation's samples. */
  readonly headBytesMax: number;
  /** New series wait for the index until there are this many. */
  readonly waitingSeriesMax: number;
}

export const DEFAULT_TSDB_LIMITS: TsdbLimits = {
  retentionMs: 15 * 24 * 3600 * 1000,
  outOfOrderWindowMs: 3600 * 1000,
  futureWindowMs: 10 * 60 * 1000,
  seriesMax: 50_000_000,
  seriesPerMetricMax: 0,
  logBytesMax: 64 * 1024 * 1024,
  generationAgeMsMax: 2 * 3600 * 1000,
  headBytesMax: 2 * 1024 ** 3,
  waitingSeriesMax: 32_768,
};

export interface TsdbWriterOptions {
  readonly directory: string;
  readonly limits?: Partial<TsdbLimits>;
  readonly clock?: Clock;
  /** Told of damaged records that were left out. Default: nobody. */
  readonly onDamage?: OnDamage;
}

export function resolveLimits(limits: Partial<TsdbLimits> | undefined): TsdbLimits {
  return { ...DEFAULT_TSDB_LIMITS, ...limits };
}

export function resolveClock(clock: Clock | undefined): Clock {
  return clock ?? systemClock;
}

export function resolveOnDamage(onDamage: OnDamage | undefined): OnDamage {
  return onDamage ?? (() => undefined);
}
