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
  type ReadResponseType,
  type WireMatcher,
} from './read-request.ts';
export {
  type ChunkedReadResponse,
  type ChunkedSeries,
  decodeChunkedReadResponse,
  decodeReadResponse,
  encodeChunkedReadResponse,
  encodeReadResponse,
  type ReadResponse,
  type WireChunk,
  type WireChunkEncoding,
} from './read-response.ts';
export type { WireExemplar, WireLabel, WireSeries } from './time-series.ts';
export {
  decodeWriteRequest,
  encodeWriteRequest,
  type MetricType,
  type WireMetadata,
  type WireWriteRequest,
} from './write-request.ts';
