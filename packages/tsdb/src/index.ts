export type { Block } from './block/block-header.ts';
export * as errorCodes from './error-codes.ts';
export type { Exemplar } from './exemplars/exemplar-record.ts';
export { FingerprintTable } from './head/fingerprint-table.ts';
export { type GenerationsMemory, releaseReaders } from './head/generations.ts';
export { LookupEpochs } from './head/lookup-epochs.ts';
export type { Cardinality, CardinalityOptions, Counted } from './index/cardinality.ts';
export type { MetricMetadata, MetricType } from './metadata/metadata-record.ts';
export type { MetadataOptions } from './metadata/metadata-store.ts';
export { type Appender, type CommitResult, openTsdb, type Tsdb } from './open-tsdb.ts';
export { DEFAULT_TSDB_LIMITS, type TsdbLimits, type TsdbWriterOptions } from './options.ts';
export type { TsdbSeriesSet } from './read/series-set.ts';
export type { Damage, DamagedUnit, OnDamage } from './store/damage.ts';
export { DirectoryLock } from './store/directory-lock.ts';
export {
  type BrowseAnswer,
  type BrowseOptions,
  type SelectHints,
  type SelectOptions,
  type SeriesExemplars,
  TsdbReader,
  type TsdbReaderOptions,
} from './tsdb-reader.ts';
export { TsdbWriter } from './tsdb-writer.ts';
export type { WriterStatistics } from './writer-statistics.ts';
