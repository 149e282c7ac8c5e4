/** What a request fails with that holds more than a batch has room for. */
import { PromontoryError } from '@promontory/base';
import type { SampleBatch } from '@promontory/model';
import { ERR_WRITE_HISTOGRAM_BYTES_MAX, ERR_WRITE_SAMPLES_MAX } from '../error-codes.ts';

export function failSamplesMax(batch: SampleBatch): never {
  throw new PromontoryError(
    `cannot take write request: more than ${batch.samplesCapacity} samples or too many label bytes; send smaller requests`,
    { code: ERR_WRITE_SAMPLES_MAX, kind: 'too-large', context: { samplesMax: batch.samplesCapacity } },
  );
}

export function failHistogramsMax(batch: SampleBatch, wantedBytes: number): never {
  const histogramBytesMax = batch.memory.histogramBytes.maxByteLength;
  if (batch.histogramBytesLength + wantedBytes > histogramBytesMax) {
    throw new PromontoryError(
      `cannot take write request: its native histograms take more than ${histogramBytesMax} bytes; send smaller requests`,
      { code: ERR_WRITE_HISTOGRAM_BYTES_MAX, kind: 'too-large', context: { histogramBytesMax } },
    );
  }
  throw new PromontoryError(
    `cannot take write request: more than ${batch.histogramCount} native histograms; send smaller requests`,
    { code: ERR_WRITE_SAMPLES_MAX, kind: 'too-large', context: { samplesMax: batch.histogramCount } },
  );
}

export function failExtrasMax({ extras }: SampleBatch): never {
  const count = extras.exemplarCount + extras.metadataCount;
  throw new PromontoryError(
    `cannot take write request: no room for more than the first ${count} exemplars and metadata; send smaller requests`,
    { code: ERR_WRITE_SAMPLES_MAX, kind: 'too-large', context: { count } },
  );
}
