/**
 * Remote write 1.0 requests as objects. For tests, load and other cold paths: a server that receives them
 * walks the bytes instead.
 */
import { METRIC_TYPES, type MetricType } from '@promontory/model';
import { decodeMessage, encodeMessage, type RawMessage } from './message.ts';
import { seriesFromRaw, seriesToRaw, type WireSeries } from './time-series.ts';

export interface WireMetadata {
  readonly metricFamilyName: string;
  readonly type: MetricType;
  readonly help: string;
  readonly unit: string;
}

export interface WireWriteRequest {
  readonly series: readonly WireSeries[];
  readonly metadata: readonly WireMetadata[];
}

interface RawMetadata {
  readonly metricFamilyName?: string;
  readonly type?: number;
  readonly help?: string;
  readonly unit?: string;
}

/** @returns protobuf bytes, not yet compressed; the caller owns them */
export function encodeWriteRequest(request: WireWriteRequest): Uint8Array {
  return encodeMessage('WriteRequest', {
    series: request.series.map(seriesToRaw),
    metadata: request.metadata.map((entry) => ({ ...entry, type: METRIC_TYPES.indexOf(entry.type) })),
  });
}

/**
 * @param bytes uncompressed; not kept
 * @throws PromontoryError ERR_PROTOBUF_INVALID
 */
export function decodeWriteRequest(bytes: Uint8Array): WireWriteRequest {
  const raw = decodeMessage('WriteRequest', bytes) as unknown as {
    readonly series: readonly RawMessage[];
    readonly metadata: readonly RawMetadata[];
  };
  return { series: raw.series.map(seriesFromRaw), metadata: raw.metadata.map(metadataFromRaw) };
}

function metadataFromRaw(raw: RawMetadata): WireMetadata {
  return {
    metricFamilyName: raw.metricFamilyName ?? '',
    type: METRIC_TYPES[raw.type ?? 0] ?? 'unknown',
    help: raw.help ?? '',
    unit: raw.unit ?? '',
  };
}
