/** Gathers the samples of a request by series. */
import type { Labels } from '@promontory/model';
import type { OtlpTranslationLimits } from './options.ts';
import { type SeriesSink, tooLarge } from './series-sink.ts';
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

/** Of a name or value in the pairs of labels. */
const TEXT_REFERENCE_BYTES = 8;

export class SeriesCollector implements SeriesSink {
  readonly #limits: OtlpTranslationLimits;
  readonly #byKey = new Map<string, CollectedSeries>();
  #seriesBytes = 0;

  constructor(limits: OtlpTranslationLimits) {
    this.#limits = limits;
  }

  /** @throws PromontoryError ERR_OTLP_SAMPLES_MAX (too-large), as do the others */
  addSample(labels: Labels, sample: TranslatedSample): void {
    const series = this.#seriesOf(labels);
    if (series.samples === NOTHING) series.samples = [sample];
    else series.samples.push(sample);
  }

  addHistogram(labels: Labels, histogram: TranslatedHistogram): void {
    const series = this.#seriesOf(labels);
    if (series.histograms === NOTHING) series.histograms = [histogram];
    else series.histograms.push(histogram);
  }

  addTargetInfo(labels: Labels, sample: TranslatedSample): void {
    this.addSample(labels, sample);
  }

  addExemplars(labels: Labels, exemplars: readonly TranslatedExemplar[]): void {
    const series = this.#seriesOf(labels);
    if (series.exemplars === NOTHING) series.exemplars = [...exemplars];
    else for (const exemplar of exemplars) series.exemplars.push(exemplar);
  }

  toArray(): TranslatedSeries[] {
    return [...this.#byKey.values()];
  }

  #seriesOf(labels: Labels): CollectedSeries {
    const { key, pairs } = labels;
    const { seriesBytesMax } = this.#limits;
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    this.#seriesBytes += key.length + pairs.length * TEXT_REFERENCE_BYTES;
    if (this.#seriesBytes > seriesBytesMax) {
      throw tooLarge(`the labels of its series take more than ${seriesBytesMax} bytes`);
    }
    const series = new CollectedSeries(labels);
    this.#byKey.set(key, series);
    return series;
  }
}
