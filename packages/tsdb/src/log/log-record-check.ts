/** Whether a log record can be made of a batch, and whether a stored one can be used: for replaying and verifying it. */
import { errorCode, errorMessage, PromontoryError } from '@promontory/base';
import { allocateSampleBatch, SampleBatch } from '@promontory/model';
import { ERR_BATCH_TOO_LARGE, ERR_STORE_CORRUPT } from '../error-codes.ts';
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
 * What is logged can be replayed.
 *
 * @throws PromontoryError ERR_BATCH_TOO_LARGE (too-large)
 */
export function mustFitIntoRecord(batch: SampleBatch): void {
  const { sampleCount, histogramCount, histogramBytesLength } = batch;
  const counts = [
    ['samples', sampleCount, SAMPLES_PER_RECORD_MAX],
    ['histograms', histogramCount, SAMPLES_PER_RECORD_MAX],
    ['bytes of histograms', histogramBytesLength, HISTOGRAM_BYTES_PER_RECORD_MAX],
  ] as const;
  for (const [what, value, limit] of counts) {
    if (value <= limit) continue;
    throw new PromontoryError(`cannot append batch: it has ${value} ${what}, limit ${limit}; split it`, {
      code: ERR_BATCH_TOO_LARGE,
      kind: 'too-large',
      context: { value, limit },
    });
  }
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
