export { ERR_PROTOBUF_INVALID, ERR_SNAPPY_INVALID, ERR_SNAPPY_TOO_LARGE } from './error-codes.ts';
export * from './proto/index.ts';
export { compress, declaredLength, uncompress } from './snappy.ts';
