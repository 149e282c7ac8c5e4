/**
 * The parts of a database for programs that spread it over threads: the single writer, readers, and what the
 * threads share.
 */
export {
  allocateSampleBatch,
  encodeLabelBytes,
  LabelFingerprint,
  type LabelSpan,
  RejectionTally,
  SampleBatch,
  type SampleBatchBounds,
  type SampleBatchMemory,
  walkLabelBytes,
} from '@promontory/model';
export { FingerprintTable } from './head/fingerprint-table.ts';
export { type GenerationsMemory, releaseReaders } from './head/generations.ts';
export { LookupEpochs } from './head/lookup-epochs.ts';
export { type LimitBounds, TSDB_LIMIT_BOUNDS } from './options.ts';
export { DirectoryLock } from './store/directory-lock.ts';
export { TsdbReader, type TsdbReaderOptions } from './tsdb-reader.ts';
export { TsdbWriter } from './tsdb-writer.ts';
