/** What range functions tell about the samples of a series: each note once a series, however many windows it has. */
import {
  conflictingCounterResets,
  histogramNotCounter,
  histogramNotGauge,
  histogramsIgnoredInRange,
  mixedBucketSchemas,
  mixedFloatsAndHistograms,
  overlappingStartTime,
  reconciledBounds,
  type Annotation,
} from '../../../evaluate/annotation-texts.ts';

const TEXTS = {
  'mixed-types': mixedFloatsAndHistograms,
  'mixed-schemas': mixedBucketSchemas,
  'histograms-ignored': histogramsIgnoredInRange,
  'not-counter': histogramNotCounter,
  'not-gauge': histogramNotGauge,
  'start-overlap': overlappingStartTime,
  'conflicting-resets': () => conflictingCounterResets('aggregation'),
  'reconciled-addition': () => reconciledBounds('addition'),
  'reconciled-subtraction': () => reconciledBounds('subtraction'),
  'reconciled-aggregation': () => reconciledBounds('aggregation'),
} as const satisfies Readonly<Record<string, (metricName: string) => Annotation>>;

export type RangeNote = keyof typeof TEXTS;

export class RangeNotes {
  readonly #annotate: (annotation: Annotation) => void;
  readonly #told = new Set<RangeNote>();
  #metricName = '';

  constructor(annotate: (annotation: Annotation) => void) {
    this.#annotate = annotate;
  }

  /** A new series. */
  begin(metricName: string): void {
    this.#metricName = metricName;
    this.#told.clear();
  }

  tell(note: RangeNote): void {
    if (this.#told.has(note)) return;
    this.#told.add(note);
    this.#annotate(TEXTS[note](this.#metricName));
  }
}
