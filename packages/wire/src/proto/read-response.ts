/**
 * Both remote read responses as clients read them: all samples in one message, or a stream of messages with encoded
 * chunks. Servers write them straight into bytes: see ../read/.
 */
import { decodeMessage, invalidMessage, type RawInteger, type RawMessage, toNumber } from './message.ts';
import { labelsFromRaw, seriesFromRaw, type WireLabel, type WireSeries } from './time-series.ts';

const CHUNK_ENCODINGS = ['unknown', 'xor', 'histogram', 'float-histogram'] as const;

export type WireChunkEncoding = (typeof CHUNK_ENCODINGS)[number];

export interface ReadResponse {
  /** One entry per query, in their order; each holds that query's series. */
  readonly results: readonly (readonly WireSeries[])[];
}

export interface WireChunk {
  readonly startMsInclusive: number;
  readonly endMsInclusive: number;
  readonly encoding: WireChunkEncoding;
  readonly data: Uint8Array;
}

export interface ChunkedSeries {
  readonly labels: readonly WireLabel[];
  readonly chunks: readonly WireChunk[];
}

/** One frame of the stream; it belongs to one query. */
export interface ChunkedReadResponse {
  readonly series: readonly ChunkedSeries[];
  readonly queryIndex: number;
}

interface RawChunk {
  readonly startMs?: RawInteger;
  readonly endMs?: RawInteger;
  readonly encoding?: number;
  readonly data?: Uint8Array;
}

interface RawChunkedResponse {
  readonly series: readonly {
    readonly labels: readonly { readonly name?: string; readonly value?: string }[];
    readonly chunks: readonly RawChunk[];
  }[];
  readonly queryIndex?: RawInteger;
}

/** @throws PromontoryError ERR_PROTOBUF_INVALID */
export function decodeReadResponse(bytes: Uint8Array): ReadResponse {
  const raw = decodeMessage('ReadResponse', bytes) as unknown as {
    readonly results: readonly { readonly series: readonly RawMessage[] }[];
  };
  return { results: raw.results.map((result) => result.series.map(seriesFromRaw)) };
}

/** @throws PromontoryError ERR_PROTOBUF_INVALID, also for an unknown chunk encoding */
export function decodeChunkedReadResponse(bytes: Uint8Array): ChunkedReadResponse {
  const raw = decodeMessage('ChunkedReadResponse', bytes) as unknown as RawChunkedResponse;
  return {
    series: raw.series.map(({ labels, chunks }) => ({
      labels: labelsFromRaw(labels),
      chunks: chunks.map(chunkFromRaw),
    })),
    queryIndex: toNumber(raw.queryIndex),
  };
}

function chunkFromRaw(raw: RawChunk): WireChunk {
  const encoding = CHUNK_ENCODINGS[raw.encoding ?? 0];
  if (encoding === undefined) {
    throw invalidMessage('ChunkedReadResponse', `unknown chunk encoding; got ${raw.encoding}`);
  }
  return {
    startMsInclusive: toNumber(raw.startMs),
    endMsInclusive: toNumber(raw.endMs),
    encoding,
    data: Uint8Array.from(raw.data ?? []),
  };
}
