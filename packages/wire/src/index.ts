export * as errorCodes from './error-codes.ts';
export { ERR_PROTOBUF_INVALID, ERR_SNAPPY_INVALID, ERR_SNAPPY_TOO_LARGE } from './error-codes.ts';
export * from './proto/index.ts';
export { compress, declaredLength, uncompress } from './snappy.ts';
export { DEFAULT_SERIES_LABEL_LIMITS, type SeriesLabelLimits } from './write/series-labels.ts';
export type { SeriesLookup } from './write/series-resolver.ts';
export { WriteWalk } from './write/write-walk.ts';
export { WriteWalkV2 } from './write/write-walk-v2.ts';
