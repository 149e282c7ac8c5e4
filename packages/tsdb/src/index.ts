/** For programs that embed a database in one thread. Those that spread it over several: threads.ts. */
export {
  type Clock,
  errorCode,
  type ErrorContext,
  type ErrorKind,
  ManualClock,
  PromontoryError,
  systemClock,
} from '@promontory/base';
export {
  bucketsOf,
  CUSTOM_BUCKETS_SCHEMA,
  type CounterResetHint,
  emptyBuckets,
  type HistogramBuckets,
  type HistogramSample,
  isStaleAt,
  Labels,
  Matcher,
  type MatchOperator,
  METRIC_NAME,
  type MetricMetadata,
  type MetricType,
  type NativeHistogram,
  type Rejection,
  SampleColumns,
  setStaleAt,
  staleHistogram,
} from '@promontory/model';
export type { Block } from './block/block-header.ts';
export type { BackupSummary } from './backup/make-backup.ts';
export { restoreTsdb, type RestoreOptions } from './backup/restore-tsdb.ts';
export type { DeletionOptions, DeletionResult } from './deletion/sample-deletion.ts';
export * as errorCodes from './error-codes.ts';
export type { Exemplar } from './exemplars/exemplar-record.ts';
export type { Cardinality, CardinalityOptions, Counted } from './index/cardinality.ts';
export type { MetadataOptions } from './metadata/metadata-store.ts';
export { openTsdb, type Tsdb } from './open-tsdb.ts';
export type { Durability } from './log/log.ts';
export {
  DEFAULT_TSDB_LIMITS,
  DISK_RESERVE_BYTES_MIN,
  type TsdbLimits,
  type TsdbWriterOptions,
} from './options.ts';
export type { SampleEstimate, TimeExtent } from './read/estimate-samples.ts';
export type { TsdbSeriesSet } from './read/series-set.ts';
export type { WorkOptions } from './read/work-options.ts';
export type { Damage, DamagedUnit, OnDamage } from './store/damage.ts';
export type {
  BrowseAnswer,
  BrowseOptions,
  SelectHints,
  SelectionEstimate,
  SelectOptions,
  SeriesExemplars,
} from './tsdb-reader.ts';
export { TsdbWriter } from './tsdb-writer.ts';
export { type VerifyOptions, verifyTsdb } from './verify/verify-tsdb.ts';
export type { VerificationCounts, VerificationResult } from './verify/verification.ts';
export type { Appender, CommitResult } from './write/batch-appender.ts';
export type { WriterStatistics } from './writer-statistics.ts';
