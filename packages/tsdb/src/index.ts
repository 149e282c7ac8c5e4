export type { Block } from './block/block-record.ts';
export * as errorCodes from './error-codes.ts';
export { FingerprintTable } from './head/fingerprint-table.ts';
export { type GenerationsMemory, releaseReaders } from './head/generations.ts';
export type { LogDamage } from './log/log.ts';
export { type Appender, type CommitResult, openTsdb, type Tsdb } from './open-tsdb.ts';
export { DEFAULT_TSDB_LIMITS, type TsdbLimits, type TsdbWriterOptions } from './options.ts';
export { DirectoryLock } from './store/directory-lock.ts';
export {
  type BrowseAnswer,
  type BrowseOptions,
  type SelectOptions,
  TsdbReader,
  type TsdbReaderOptions,
  type TsdbSeriesSet,
} from './tsdb-reader.ts';
export { TsdbWriter, type WriterStatistics } from './tsdb-writer.ts';
