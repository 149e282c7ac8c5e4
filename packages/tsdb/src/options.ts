/** What a database can be told. Every bound has a default and an error of its own. */
import { constants } from 'node:buffer';
import { inspect } from 'node:util';
import { type Clock, type ErrorContext, PromontoryError, systemClock } from '@promontory/base';
import { TIMESTAMP_MS_MAX } from './block/segment-builder.ts';
import { ERR_LIMIT_INVALID } from './error-codes.ts';
import { REF_END_MAX } from './head/head-memory.ts';
import type { Durability } from './log/log.ts';
import type { OnDamage } from './store/damage.ts';
import type { FreeBytesOf } from './store/disk-guard.ts';

/**
 * Whole numbers, each within the bounds of `TSDB_LIMIT_BOUNDS`. `Infinity` is taken where it says so: for no bound.
 */
export interface TsdbLimits {
  /** Samples older than this are refused and blocks older than this are dropped; Infinity to keep all. */
  readonly retentionMs: number;
  /** The blocks with the oldest last samples are dropped while all logs, `main` and the blocks take more; 0 for no bound. */
  readonly retentionBytesMax: number;
  /** How far behind its series' newest sample a sample may come; Infinity for as far as it likes. */
  readonly outOfOrderWindowMs: number;
  /** How far in the future a sample may lie. */
  readonly futureWindowMs: number;
  /** Most series at a time. */
  readonly seriesMax: number;
  /** Most series with one metric name, 0 for no limit. */
  readonly seriesPerMetricMax: number;
  /** A generation is flushed to a block when its log has grown to this. */
  readonly logBytesMax: number;
  /**
   * A generation is flushed to a block when it is this old, so that retention and memory keep pace; Infinity for
   * never because of its age.
   */
  readonly generationAgeMsMax: number;
  /**
   * The bound on the memory of one generation's samples, of which there are at most three. At most 16 GiB, and what
   * this version of Node takes for one buffer.
   */
  readonly headBytesMax: number;
  /** New series wait for the index until there are this many. */
  readonly waitingSeriesMax: number;
  /** A series leaves memory when it was silent for so long and its samples are in blocks; Infinity for never. */
  readonly seriesIdleMs: number;
  /** Exemplars kept, the newest by their own time; 0 to store none. */
  readonly exemplarsMax: number;
  /** Texts of metadata kept, in bytes; 0 to store none. */
  readonly metadataBytesMax: number;
  /** Bytes that stay free on the disk: writes that would use them are refused. At least DISK_RESERVE_BYTES_MIN. */
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
  metadataBytesMax: 64 * 1024 ** 2,
  diskReserveBytes: 128 * 1024 ** 2,
  samplesPerSecondMax: 0,
  labelsPerSeriesMax: 64,
  labelNameBytesMax: 512,
  labelValueBytesMax: 4096,
};

/** Now and a duration make a timestamp. */
const DURATION_MS_MAX = TIMESTAMP_MS_MAX / 2;
const COUNT_MAX = REF_END_MAX - 1;
const BYTES_MAX = Number.MAX_SAFE_INTEGER;

/** Both inclusive. */
export interface LimitBounds {
  readonly min: number;
  readonly max: number;
  /** Whether Infinity stands for no bound. */
  readonly isInfinityTaken?: boolean;
}

/** LMDB does not survive every write to a full disk: some bytes always stay free. */
export const DISK_RESERVE_BYTES_MIN = 8 * 1024 ** 2;

/** What more or less than cannot work. */
export const TSDB_LIMIT_BOUNDS = {
  retentionMs: { min: 1, max: DURATION_MS_MAX, isInfinityTaken: true },
  retentionBytesMax: { min: 0, max: BYTES_MAX },
  outOfOrderWindowMs: { min: 0, max: DURATION_MS_MAX, isInfinityTaken: true },
  futureWindowMs: { min: 0, max: DURATION_MS_MAX },
  seriesMax: { min: 0, max: COUNT_MAX },
  seriesPerMetricMax: { min: 0, max: COUNT_MAX },
  // Half of what the file of a log may grow to.
  logBytesMax: { min: 1, max: 128 * 1024 ** 3 },
  generationAgeMsMax: { min: 0, max: DURATION_MS_MAX, isInfinityTaken: true },
  // Positions in it are signed words, of 8 bytes each.
  headBytesMax: { min: 1024 ** 2, max: Math.min(16 * 1024 ** 3, constants.MAX_LENGTH) },
  // They are in memory, and go to disk in one transaction.
  waitingSeriesMax: { min: 1, max: 1_000_000 },
  seriesIdleMs: { min: 0, max: DURATION_MS_MAX, isInfinityTaken: true },
  exemplarsMax: { min: 0, max: 10_000_000 },
  metadataBytesMax: { min: 0, max: 4 * 1024 ** 3 },
  diskReserveBytes: { min: DISK_RESERVE_BYTES_MIN, max: BYTES_MAX },
  samplesPerSecondMax: { min: 0, max: BYTES_MAX },
  // The labels of one series fit into a batch, whatever their lengths.
  labelsPerSeriesMax: { min: 1, max: 512 },
  labelNameBytesMax: { min: 8, max: 512 },
  labelValueBytesMax: { min: 1, max: 65_535 },
} as const satisfies Readonly<Record<keyof TsdbLimits, LimitBounds>>;

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

const OPTION_TYPES: Readonly<Record<keyof TsdbWriterOptions, (value: unknown) => boolean>> = {
  directory: (value) => typeof value === 'string' && value !== '',
  limits: (value) => typeof value === 'object',
  durability: (value) => value === 'disk' || value === 'process',
  clock: (value) => typeof value === 'object',
  onDamage: (value) => typeof value === 'function',
  freeBytesOf: (value) => typeof value === 'function',
};

/**
 * For callers without the compiler's checks.
 *
 * @throws PromontoryError ERR_LIMIT_INVALID (bad-data) when an option is unknown or of the wrong type
 */
export function checkOptions(options: TsdbWriterOptions): void {
  for (const [name, value] of Object.entries<unknown>({ ...options })) {
    if (!isKey(name, OPTION_TYPES)) throw invalid(`there is no option ${name}`, { option: name });
    if (value !== undefined && !OPTION_TYPES[name](value))
      throw invalid(`option ${name} is ${inspect(value, { depth: 0 })}`, { option: name });
  }
  if (options.directory === undefined) throw invalid('option directory is missing', { option: 'directory' });
}

/**
 * @param limits what is undefined in it has its default
 * @throws PromontoryError ERR_LIMIT_INVALID (bad-data) when a limit is unknown or outside its bounds
 */
export function resolveLimits(limits: Partial<TsdbLimits> | undefined): TsdbLimits {
  const given = Object.entries<unknown>({ ...limits }).filter(([, value]) => value !== undefined);
  for (const [name, value] of given) {
    if (!isKey(name, TSDB_LIMIT_BOUNDS)) throw invalid(`there is no limit ${name}`, { option: name });
    checkLimit(name, value, TSDB_LIMIT_BOUNDS[name]);
  }
  return { ...DEFAULT_TSDB_LIMITS, ...Object.fromEntries(given) };
}

function checkLimit(
  option: string,
  value: unknown,
  { min, max, isInfinityTaken = false }: LimitBounds,
): void {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return;
  if (isInfinityTaken && value === Number.POSITIVE_INFINITY) return;
  const orInfinity = isInfinityTaken ? ', or Infinity' : '';
  throw invalid(
    `limit ${option} is ${inspect(value, { depth: 0 })}, want a whole number from ${min} to ${max}${orInfinity}`,
    {
      option,
      min,
      max,
    },
  );
}

function isKey<T extends object>(name: string, table: T): name is string & keyof T {
  return Object.hasOwn(table, name);
}

function invalid(why: string, context: ErrorContext): PromontoryError {
  return new PromontoryError(`cannot open database: ${why}`, {
    code: ERR_LIMIT_INVALID,
    kind: 'bad-data',
    context,
  });
}

export function resolveClock(clock: Clock | undefined): Clock {
  return clock ?? systemClock;
}
