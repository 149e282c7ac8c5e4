/** Chunks of any encoding, back into samples. */
import { unreachable } from '@promontory/base';
import type { HistogramSample, SampleColumns } from '@promontory/model';
import type { WireChunk } from '../proto/index.ts';
import { invalidChunk } from './bit-reader.ts';
import { decodeHistogramChunk } from './histogram-chunk.ts';
import { decodeXorChunk } from './xor-chunk.ts';

/** Where the samples of chunks go: each list is added to. */
export interface ChunkSamples {
  readonly floats: SampleColumns;
  readonly histograms: HistogramSample[];
}

/**
 * Floats keep every bit. Histograms of a chunk share the arrays of their spans, have buckets that count nothing where
 * others of the chunk have some, and the hint `not-reset` unless they are first.
 *
 * @param chunk not kept
 * @throws PromontoryError ERR_CHUNK_INVALID, also for an unknown encoding
 */
export function decodeChunk({ encoding, data }: WireChunk, target: ChunkSamples): void {
  switch (encoding) {
    case 'xor':
      decodeXorChunk(data, target.floats);
      return;
    case 'histogram':
      target.histograms.push(...decodeHistogramChunk(data, 'integer'));
      return;
    case 'float-histogram':
      target.histograms.push(...decodeHistogramChunk(data, 'float'));
      return;
    case 'unknown':
      throw invalidChunk('its encoding is unknown');
    default:
      unreachable(encoding);
  }
}
