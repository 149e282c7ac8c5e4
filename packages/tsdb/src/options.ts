/** What a database can be told. Every bound has a default and an error of its own. */
import { type Clock, PromontoryError, systemClock } from '@promontory/base';
import { ERR_LIMIT_INVALID } from './error-codes.ts';
import type { Durability } from './log/log.ts';
import type { OnDamage } from './store/damage.ts';
import type { FreeBytesOf } from './store/disk-guard.ts';

export interface TsdbLimits {
  /** Samples older than this are refused and blocks older than this are dropped. */
  readonly retentionMs: number;
  /** The blocks with the oldest last samples are dropped while all logs, `main` and the blocks take more; 0 for no bound. */
  readonly retentionBytesMax: number;
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
  /** A series leaves memory when it was silent for so long and its samples are in blocks. */
  readonly seriesIdleMs: number;
  /** Exemplars kept, the newest by their own time; 0 to store none. */
  readonly exemplarsMax: number;
  /** Bytes that stay free on the disk: writes that would use them are refused. 0 for no guard. */
  readonly diskReserveBytes: number;
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
  retentionBytesMax: 0,
  outOfOrderWindowMs: 3600 * 1000,
  futureWindowMs: 10 * 60 * 1000,
  seriesMax: 50_000_000,
  seriesPerMetricMax: 0,
  logBytesMax: 64 * 1024 * 1024,
  generationAgeMsMax: 2 * 3600 * 1000,
  headBytesMax: 2 * 1024 ** 3,
  waitingSeriesMax: 32_768,
  seriesIdleMs: 3600 * 1000,
  exemplarsMax: 100_000,
  diskReserveBytes: 128 * 1024 ** 2,
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
  /**
   * What a commit outlives. `disk`: the loss of power too; every commit waits for the disk. `process`: the end of the
   * process, not the loss of power: then all samples since the last flush may be gone (`generationAgeMsMax`,
   * `logBytesMax`), which the next open reports. Series, exemplars, metadata and blocks are synced in both. Default: `disk`.
   */
  readonly durability?: Durability;
  readonly clock?: Clock;
  /** Told of what is damaged and left out, each place once. Default: nobody. */
  readonly onDamage?: OnDamage;
  /** Free bytes of the disk of a folder, for tests. Default: what the file system says. */
  readonly freeBytesOf?: FreeBytesOf;
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
