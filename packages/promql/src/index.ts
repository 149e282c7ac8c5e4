export type {
  InstantQueryRequest,
  MatrixSeries,
  QueryLimits,
  QueryResult,
  QueryStats,
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
} from './series-source.ts';
