/** Whether a stored log record can be used: for replaying it, and for verifying it. */
import { errorCode, errorMessage } from '@promontory/base';
import { allocateSampleBatch, SampleBatch } from '@promontory/model';
import { ERR_STORE_CORRUPT } from '../error-codes.ts';
import { decodeLogRecord } from './log-record.ts';

const SAMPLES_PER_RECORD_MAX = 1 << 24;
const HISTOGRAM_BYTES_PER_RECORD_MAX = 2 ** 30;

/** A batch with room for any record; memory is taken as records need it. */
export function allocateRecordBatch(): SampleBatch {
  return new SampleBatch(
    allocateSampleBatch({
      samplesMax: SAMPLES_PER_RECORD_MAX,
      labelBytesMax: 1 << 16,
      histogramBytesMax: HISTOGRAM_BYTES_PER_RECORD_MAX,
    }),
  );
}

/**
 * Decodes a record into the batch.
 *
 * @param isKnown whether a series may be named
 * @returns why it cannot be used, null when it can
 * @throws PromontoryError ERR_STORE_FORMAT_VERSION
 */
export function findRecordDamage(
  record: Buffer,
  batch: SampleBatch,
  what: string,
  isKnown: (ref: number) => boolean,
): string | null {
  batch.clear();
  try {
    decodeLogRecord(record, batch, what);
  } catch (error) {
    if (errorCode(error) !== ERR_STORE_CORRUPT) throw error;
    return errorMessage(error);
  }
  for (let index = 0; index < batch.sampleCount; index++) {
    if (!isKnown(batch.ref[index]!)) return unknownSeries(batch.ref[index]!, what);
  }
  for (let index = 0; index < batch.histogramCount; index++) {
    if (!isKnown(batch.histogramRef(index))) return unknownSeries(batch.histogramRef(index), what);
  }
  return null;
}

function unknownSeries(ref: number, what: string): string {
  return `cannot read ${what}: it names series ${ref}, which nobody registered`;
}
