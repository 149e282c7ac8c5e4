export {
  ERR_HISTOGRAM_BYTES_INVALID,
  ERR_HISTOGRAM_INVALID,
  ERR_MATCHER_REGEX_INVALID,
  ERR_MATCHER_REGEX_WEIGHT_MAX,
} from './error-codes.ts';
export { BatchExtras } from './batch-extras.ts';
export { allocateColumn, tryGrowColumn } from './growable-column.ts';
export { bucketsOf, emptyBuckets, normalizeSpans, staleHistogram, walkBuckets } from './histogram-buckets.ts';
export { decodeHistogram, encodeHistogram } from './histogram-bytes.ts';
export { histogramText } from './histogram-text.ts';
export {
  EXPONENTIAL_SCHEMA_ACCEPTED_MAX,
  HISTOGRAM_BUCKETS_MAX,
  type HistogramFault,
  type HistogramFaultReason,
  validateHistogram,
} from './histogram-validation.ts';
export { decodeLabelBytes, encodeLabelBytes, walkLabelBytes, type LabelSpan } from './label-bytes.ts';
export { LabelFingerprint } from './label-fingerprint.ts';
export { LabelRegex, type LabelCapture } from './label-regex.ts';
export { REGEX_WEIGHT_MAX, RegexBudget } from './regex-weight.ts';
export { compareLabels, Labels, METRIC_NAME } from './labels.ts';
export { Matcher, type MatchOperator } from './matcher.ts';
export { METRIC_TYPES, type MetricMetadata, type MetricType } from './metric-type.ts';
export {
  CUSTOM_BUCKETS_SCHEMA,
  COUNTER_RESET_HINTS,
  type CounterResetHint,
  EXPONENTIAL_SCHEMA_MAX,
  EXPONENTIAL_SCHEMA_MIN,
  type HistogramBuckets,
  type HistogramSample,
  type NativeHistogram,
} from './native-histogram.ts';
export { reduceSchema, reduceToStoredSchema } from './reduce-schema.ts';
export { RejectionTally, type Rejection } from './rejections.ts';
export {
  allocateSampleBatch,
  SampleBatch,
  type SampleBatchBounds,
  type SampleBatchMemory,
} from './sample-batch.ts';
export { SampleColumns } from './sample-columns.ts';
export {
  isStaleAt,
  NORMAL_NAN_HIGH_WORD,
  NORMAL_NAN_LOW_WORD,
  setStaleAt,
  STALE_NAN_HIGH_WORD,
  STALE_NAN_LOW_WORD,
} from './staleness.ts';
export { compareUtf8 } from './utf8-order.ts';
