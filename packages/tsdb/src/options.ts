/** What a database can be told. Every bound has a default and an error of its own. */
import { type Clock, PromontoryError, systemClock } from '@promontory/base';
import { ERR_LIMIT_INVALID } from './error-codes.ts';
import type { LogDamage } from './log/log.ts';

export interface TsdbLimits {
  /** Samples older than this are refused and blocks older than this are dropped. */
  readonly retentionMs: number;
  /** How far behind its series' newest sample a sample may come. */
  readonly outOfOrderWindowMs: number;
  /** How far in the future a sample may lie. */
  readonly futureWindowMs: number;
  /** Most series; also bounds the memory reserved (not used) for their headers. */
  readonly seriesMax: number;
  /** A generation is flushed to a block when its log has grown to this. */
  readonly logBytesMax: number;
  /** A generation is flushed to a block when it is this old, so that retention and memory keep pace. */
  readonly generationAgeMsMax: number;
  /** The bound on the memory of one generation's samples. */
  readonly headBytesMax: number;
  /** New series wait for the index until there are this many. */
  readonly waitingSeriesMax: number;
  /** Samples a second, over time and in bursts of a second; 0 for no bound. */
  readonly samplesPerSecondMax: number;
  /** Labels of a series, the metric name among them, as the appender takes them. */
  readonly labelsPerSeriesMax: number;
  /** Bytes of a label name, as the appender takes them; at most 512, for the index keys that hold it. */
  readonly labelNameBytesMax: number;
  /** Bytes of a label value, as the appender takes them; at most 65,535. */
  readonly labelValueBytesMax: number;
}

export const DEFAULT_TSDB_LIMITS: TsdbLimits = {
  retentionMs: 15 * 24 * 3600 * 1000,
  outOfOrderWindowMs: 3600 * 1000,
  futureWindowMs: 10 * 60 * 1000,
  seriesMax: 50_000_000,
  logBytesMax: 64 * 1024 * 1024,
  generationAgeMsMax: 2 * 3600 * 1000,
  headBytesMax: 2 * 1024 ** 3,
  waitingSeriesMax: 8192,
  samplesPerSecondMax: 0,
  labelsPerSeriesMax: 64,
  labelNameBytesMax: 512,
  labelValueBytesMax: 4096,
};

/** What an option may be at most, where more cannot work. */
const LIMIT_BOUNDS: Partial<TsdbLimits> = { labelNameBytesMax: 512, labelValueBytesMax: 65_535 };

export interface TsdbWriterOptions {
  readonly directory: string;
  readonly limits?: Partial<TsdbLimits>;
  readonly clock?: Clock;
  /** Called at open for each log record that is damaged: its samples are lost, everything else is there. */
  readonly onDamage?: (damage: LogDamage) => void;
}

/** @throws PromontoryError ERR_LIMIT_INVALID (bad-data) */
export function resolveLimits(limits: Partial<TsdbLimits> | undefined): TsdbLimits {
  const resolved = { ...DEFAULT_TSDB_LIMITS, ...limits };
  for (const [name, value] of Object.entries(resolved) as [keyof TsdbLimits, number][]) {
    const most = LIMIT_BOUNDS[name] ?? Number.POSITIVE_INFINITY;
    if (value >= 0 && value <= most) continue;
    throw new PromontoryError(`cannot open database: limit ${name} is ${value}, want 0 to ${most}`, {
      code: ERR_LIMIT_INVALID,
      kind: 'bad-data',
    });
  }
  return resolved;
}

export function resolveClock(clock: Clock | undefined): Clock {
  return clock ?? systemClock;
}
