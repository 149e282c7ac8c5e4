export type { Expression, ValueType } from './ast/expression.ts';
export { childExpressions } from './ast/expression.ts';
export { formatExpression } from './ast/format-expression.ts';
export { printExpression } from './ast/print-expression.ts';
export {
  serialiseExpression,
  type SerialisedExpression,
  type SerialisedValue,
} from './ast/serialise-expression.ts';
export { LANGUAGE_PARTS, type LanguageParts } from './check/language-parts.ts';
export {
  ERR_QUERY_CANCELLED,
  ERR_QUERY_DEPTH_MAX,
  ERR_QUERY_EXECUTION,
  ERR_QUERY_MEMORY_MAX,
  ERR_QUERY_SAMPLES_MAX,
  ERR_QUERY_STEPS_MAX,
  ERR_QUERY_SYNTAX,
  ERR_QUERY_TIMEOUT,
  ERR_QUERY_TYPE,
} from './error-codes.ts';
export { formatGoG as formatFloat, formatOpenMetricsFloat } from './evaluate/format-float.ts';
export { QueryEngine, type QueryEngineOptions } from './evaluate/query-engine.ts';
export { forEachBucket, type BucketVisitor } from './histogram/bucket-walk.ts';
export type { OutlinedSelector, QueryOutline } from './plan/plan-outline.ts';
export { describeMatchers } from './trace/describe-node.ts';
export { formatDuration, parseDurationMs } from './parser/duration.ts';
export { parseExpression, parseSelector, type ParseOptions } from './parser/parse-expression.ts';
export type {
  InstantQueryRequest,
  MatrixSeries,
  QueryLimits,
  QueryResult,
  QueryCost,
  QueryStats,
  QueryTimings,
  QueryValue,
  RangeQueryRequest,
  VectorSample,
} from './query-result.ts';
export type {
  LabelAnswer,
  LabelRequest,
  SelectHints,
  SelectRequest,
  SeriesSet,
  SeriesSource,
  WorkRequest,
} from './series-source.ts';
export { TraceSpan } from './trace/trace-span.ts';
export { MemorySeriesSource, STALE } from './source/memory-series-source.ts';
