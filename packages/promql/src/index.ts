export type {
  LabelAnswer,
  LabelRequest,
  SelectHints,
  SelectRequest,
  SeriesSet,
  SeriesSource,
} from './series-source.ts';
