export { type BucketSpan, type ResetHint, type WireHistogram } from './histogram.ts';
export {
  encodeMetricFamilies,
  type WireFamilyType,
  type WireMetric,
  type WireMetricFamily,
} from './metric-family.ts';
export {
  decodeReadRequest,
  encodeReadRequest,
  type ReadHints,
  type ReadQuery,
  type ReadRequest,
  type RequestedResponseType,
  type ReadResponseType,
  type WireMatcher,
} from './read-request.ts';
export {
  type ChunkedReadResponse,
  type ChunkedSeries,
  decodeChunkedReadResponse,
  decodeReadResponse,
  type ReadResponse,
  type WireChunk,
  type WireChunkEncoding,
} from './read-response.ts';
export type { WireExemplar, WireLabel, WireSeries } from './time-series.ts';
export {
  decodeWriteRequest,
  encodeWriteRequest,
  type WireMetadata,
  type WireWriteRequest,
} from './write-request.ts';
export { encodeWriteRequestV2, type WireSeriesV2, type WireWriteRequestV2 } from './write-request-v2.ts';
