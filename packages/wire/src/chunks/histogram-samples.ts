/** What the two kinds of histograms do in their own ways: all of a sample but its timestamp. */
import type { NativeHistogram } from '@promontory/model';
import type { BitReader } from './bit-reader.ts';
import type { BitWriter } from './bit-writer.ts';
import type { HistogramRun } from './histogram-run.ts';

/** The writer has room for a sample. */
export interface HistogramWriter {
  writeFirst(writer: BitWriter, histogram: NativeHistogram, run: HistogramRun): void;
  write(writer: BitWriter, histogram: NativeHistogram, run: HistogramRun): void;
}

/** Null is a staleness marker. @throws PromontoryError ERR_CHUNK_INVALID */
export interface HistogramReader {
  readFirst(reader: BitReader): DecodedHistogram | null;
  read(reader: BitReader): DecodedHistogram | null;
}

export type DecodedHistogram = Pick<NativeHistogram, 'count' | 'zeroCount' | 'sum' | 'positive' | 'negative'>;
