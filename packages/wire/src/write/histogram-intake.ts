/** Native histograms from a request into a batch: read, checked, brought to a schema that is stored, as canonical bytes. */
import {
  encodeHistogram,
  ERR_HISTOGRAM_INVALID,
  reduceToStoredSchema,
  type RejectionTally,
  type SampleBatch,
} from '@promontory/model';
import type { ProtobufScan } from '../protobuf-scan.ts';
import { failHistogramsMax } from './batch-room.ts';
import { HistogramReader } from './histogram-reader.ts';

export class HistogramIntake {
  readonly #reader: HistogramReader;

  constructor(scan: ProtobufScan) {
    this.#reader = new HistogramReader(scan);
  }

  /**
   * Takes the histogram from the scan's position to `end`. Its ref is set later, with those of the samples.
   *
   * @param view of the scanned bytes
   * @param describe the labels of its series
   * @throws PromontoryError ERR_PROTOBUF_INVALID, ERR_WRITE_SAMPLES_MAX, ERR_WRITE_HISTOGRAM_BYTES_MAX
   */
  take(view: DataView, end: number, batch: SampleBatch, tally: RejectionTally, describe: () => string): void {
    const reader = this.#reader;
    const histogram = reader.tryUnsafeRead(view, end);
    const { timestampMs, startTimestampMs, refusalDetail } = reader;
    if (histogram === null) {
      tally.add(
        ERR_HISTOGRAM_INVALID,
        1,
        () => `the histogram of series ${describe()} at ${timestampMs} ms ${refusalDetail}`,
      );
      return;
    }
    const bytes = encodeHistogram(reduceToStoredSchema(histogram));
    if (!batch.tryAddHistogram(0, timestampMs, startTimestampMs, bytes))
      failHistogramsMax(batch, bytes.length);
  }
}
