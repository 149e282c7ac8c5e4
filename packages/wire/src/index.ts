export * as errorCodes from './error-codes.ts';
export { type ChunkSamples, decodeChunk } from './chunks/decode-chunk.ts';
export { SeriesChunks } from './chunks/series-chunks.ts';
export {
  ERR_PROTOBUF_INVALID,
  ERR_READ_MATCHERS_MAX,
  ERR_SNAPPY_INVALID,
  ERR_SNAPPY_TOO_LARGE,
} from './error-codes.ts';
export * from './proto/index.ts';
export { checkReadRequest, type ReadRequestLimits } from './read/check-read-request.ts';
export { ChunkFrameReader } from './read/chunk-frame-reader.ts';
export { ChunkFrameWriter } from './read/chunk-frame-writer.ts';
export { crc32c } from './read/crc32c.ts';
export { type SampledResponseLimits, SampledResponseWriter } from './read/sampled-response-writer.ts';
export { countSamples, sampleBounds, type SampleBounds, type SeriesSamples } from './sample-range.ts';
export { compress, declaredLength, uncompress } from './snappy.ts';
export { DEFAULT_SERIES_LABEL_LIMITS, type SeriesLabelLimits } from './write/series-labels.ts';
export type { SeriesLookup } from './write/series-resolver.ts';
export { WriteWalk } from './write/write-walk.ts';
export { WriteWalkV2 } from './write/write-walk-v2.ts';
