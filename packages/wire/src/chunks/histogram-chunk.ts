/**
 * Native histograms of one series as Prometheus's chunks of histograms and of float histograms:
 *
 *   number of samples, 16 bits | flags, 8 bits: the highest two say about a counter reset before the first |
 *   layout | samples
 *
 * The first sample has its numbers whole, the others against the one before: timestamp, count, zero count, sum, then
 * the buckets of the layout. Whole numbers are differences of differences (buckets first of their neighbours), doubles
 * are XORed. A staleness marker has no buckets. See histogram-run.ts for what shares a chunk.
 */
import { assert } from '@promontory/base';
import {
  type CounterResetHint,
  type HistogramSample,
  type NativeHistogram,
  staleHistogram,
} from '@promontory/model';
import { BitReader, invalidChunk } from './bit-reader.ts';
import type { BitWriter } from './bit-writer.ts';
import { FloatHistogramReader, FloatHistogramWriter } from './float-histograms.ts';
import { type HistogramLayout, readHistogramLayout, writeHistogramLayout } from './histogram-layout.ts';
import type { HistogramRun } from './histogram-run.ts';
import type { DecodedHistogram } from './histogram-samples.ts';
import { IntegerHistogramReader, IntegerHistogramWriter } from './integer-histograms.ts';
import { readVarbitInt, VARBIT_BYTES_MAX, writeVarbitInt } from './varbit.ts';
import { readSampleCount } from './xor-chunk.ts';

const HEADER_BYTES = 3;
const SAMPLES_MAX = 0xffff;
/** By the two highest bits of the flags. */
const HINTS_BY_FLAGS: readonly CounterResetHint[] = ['unknown', 'not-reset', 'reset', 'gauge'];
const FLAGS_SHIFT = 6;
/** An XORed double; numbers of 72 bits are shorter. */
const NUMBER_BYTES_MAX = VARBIT_BYTES_MAX + 1;
/** Timestamp, count, zero count, sum. */
const NUMBERS_BESIDE_BUCKETS = 4;
/** Timestamp, count, zero count and sum of a marker, each a bit. */
const SAMPLE_BITS_MIN = NUMBERS_BESIDE_BUCKETS;

/** One a thread: it holds the sample before. */
export class HistogramChunkEncoder {
  readonly #integers = new IntegerHistogramWriter();
  readonly #floats = new FloatHistogramWriter();

  /**
   * Samples [start, end) as one chunk.
   *
   * @param run planned for them, and for no more than them; timestamps are within ±2^52
   * @param writer cleared first; has the chunk afterwards
   */
  encode(
    samples: readonly HistogramSample[],
    [start, end]: readonly [number, number],
    run: HistogramRun,
    writer: BitWriter,
  ): void {
    const count = end - start;
    assert(count > 0 && count <= SAMPLES_MAX && end <= samples.length, 'samples of the list', { start, end });
    const first = samples[start]!.histogram;
    const histograms = first.isInteger ? this.#integers : this.#floats;
    const sampleBytesMax = (NUMBERS_BESIDE_BUCKETS + run.bucketCount) * NUMBER_BYTES_MAX;
    writer.clear();
    writer.reserve(HEADER_BYTES);
    writer.bits(count, 16);
    writer.bits(HINTS_BY_FLAGS.indexOf(first.counterResetHint) << FLAGS_SHIFT, 8);
    writeHistogramLayout(writer, first, run.positive, run.negative);
    let lastMs = 0;
    let lastStepMs = 0;
    for (let at = start; at < end; at++) {
      const { timestampMs, histogram } = samples[at]!;
      writer.reserve(sampleBytesMax);
      if (at === start) {
        writeVarbitInt(writer, timestampMs);
        histograms.writeFirst(writer, histogram, run);
      } else {
        const stepMs = timestampMs - lastMs;
        writeVarbitInt(writer, stepMs - lastStepMs);
        histograms.write(writer, histogram, run);
        lastStepMs = stepMs;
      }
      lastMs = timestampMs;
    }
  }
}

/**
 * Counts are exact to 2^53 and rounded beyond. The first histogram has the hint of the chunk, but for `not-reset`, which
 * is about a chunk before; the others were not reset, or are gauges.
 *
 * @param bytes not kept
 * @returns the samples of a chunk, in its order; they share the arrays of their spans and custom values
 * @throws PromontoryError ERR_CHUNK_INVALID
 */
export function decodeHistogramChunk(bytes: Uint8Array, kind: 'integer' | 'float'): HistogramSample[] {
  const count = readSampleCount(bytes, HEADER_BYTES);
  if (count === 0) return [];
  const reader = new BitReader(bytes, HEADER_BYTES);
  const layout = readHistogramLayout(reader);
  if (count * SAMPLE_BITS_MIN > reader.bitsLeft) throw invalidChunk(`${count} samples do not fit into it`);
  const isInteger = kind === 'integer';
  const histograms = isInteger
    ? new IntegerHistogramReader(layout)
    : new FloatHistogramReader(layout, reader.bitsLeft);
  const samples: HistogramSample[] = [];
  const chunkHint = HINTS_BY_FLAGS[bytes[2]! >> FLAGS_SHIFT] ?? 'unknown';
  let timestampMs = 0;
  let stepMs = 0;
  for (let at = 0; at < count; at++) {
    if (at === 0) timestampMs = readVarbitInt(reader);
    else timestampMs += stepMs += readVarbitInt(reader);
    const decoded = at === 0 ? histograms.readFirst(reader) : histograms.read(reader);
    const counterResetHint = hintAt(at, chunkHint);
    const histogram =
      decoded === null ? staleHistogram(isInteger) : whole(decoded, layout, { isInteger, counterResetHint });
    samples.push({ timestampMs, histogram });
  }
  return samples;
}

function hintAt(at: number, chunkHint: CounterResetHint): CounterResetHint {
  if (chunkHint === 'gauge') return 'gauge';
  if (at > 0) return 'not-reset';
  return chunkHint === 'reset' ? 'reset' : 'unknown';
}

function whole(
  decoded: DecodedHistogram,
  { schema, zeroThreshold, customValues }: HistogramLayout,
  kind: Pick<NativeHistogram, 'isInteger' | 'counterResetHint'>,
): NativeHistogram {
  return { ...decoded, ...kind, schema, zeroThreshold, customValues, isStale: false };
}
