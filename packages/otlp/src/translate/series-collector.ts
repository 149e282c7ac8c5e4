/** Gathers the samples of a request by series. */
import { PromontoryError } from '@promontory/base';
import type { Labels } from '@promontory/model';
import { ERR_OTLP_SAMPLES_MAX } from '../error-codes.ts';
import type {
  TranslatedExemplar,
  TranslatedHistogram,
  TranslatedSample,
  TranslatedSeries,
} from './translation.ts';

/** Most series have nothing of two of the three kinds. */
const NOTHING: never[] = [];

class CollectedSeries implements TranslatedSeries {
  readonly labels: Labels;
  samples: TranslatedSample[] = NOTHING;
  histograms: TranslatedHistogram[] = NOTHING;
  exemplars: TranslatedExemplar[] = NOTHING;

  constructor(labels: Labels) {
    this.labels = labels;
  }
}

export class SeriesCollector {
  readonly #samplesMax: number;
  readonly #byKey = new Map<string, CollectedSeries>();
  #sampleCount = 0;

  constructor(samplesMax: number) {
    this.#samplesMax = samplesMax;
  }

  /** @throws PromontoryError ERR_OTLP_SAMPLES_MAX (too-large) */
  addSample(labels: Labels, sample: TranslatedSample): void {
    this.#count();
    const series = this.#seriesOf(labels);
    if (series.samples === NOTHING) series.samples = [sample];
    else series.samples.push(sample);
  }

  /** @throws PromontoryError ERR_OTLP_SAMPLES_MAX (too-large) */
  addHistogram(labels: Labels, histogram: TranslatedHistogram): void {
    this.#count();
    const series = this.#seriesOf(labels);
    if (series.histograms === NOTHING) series.histograms = [histogram];
    else series.histograms.push(histogram);
  }

  addExemplars(labels: Labels, exemplars: readonly TranslatedExemplar[]): void {
    if (exemplars.length === 0) return;
    const series = this.#seriesOf(labels);
    if (series.exemplars === NOTHING) series.exemplars = [...exemplars];
    else for (const exemplar of exemplars) series.exemplars.push(exemplar);
  }

  toArray(): TranslatedSeries[] {
    return [...this.#byKey.values()];
  }

  #seriesOf(labels: Labels): CollectedSeries {
    const { key } = labels;
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const series = new CollectedSeries(labels);
    this.#byKey.set(key, series);
    return series;
  }

  #count(): void {
    if (++this.#sampleCount <= this.#samplesMax) return;
    throw new PromontoryError(
      `cannot translate OTLP export: it becomes more than ${this.#samplesMax} samples; send fewer data points a request`,
      { code: ERR_OTLP_SAMPLES_MAX, kind: 'too-large' },
    );
  }
}
