/** Gathers the samples of a request by series. */
import { PromontoryError } from '@promontory/base';
import type { Labels } from '@promontory/model';
import { ERR_OTLP_SAMPLES_MAX } from '../error-codes.ts';
import type { OtlpTranslationLimits } from './options.ts';
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
/** Finding a series reads the text of its labels: this many times the text that there may be in all. */
const TEXT_READS_MAX = 4;

export class SeriesCollector {
  readonly #limits: OtlpTranslationLimits;
  readonly #byKey = new Map<string, CollectedSeries>();
  #sampleCount = 0;
  #seriesBytes = 0;
  #textRead = 0;

  constructor(limits: OtlpTranslationLimits) {
    this.#limits = limits;
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
    const { key, pairs } = labels;
    const { seriesBytesMax } = this.#limits;
    this.#textRead += key.length;
    if (this.#textRead > TEXT_READS_MAX * seriesBytesMax) throw tooLarge('its labels are too long in all');
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

  #count(): void {
    const { samplesMax } = this.#limits;
    if (++this.#sampleCount > samplesMax) throw tooLarge(`it becomes more than ${samplesMax} samples`);
  }
}

function tooLarge(why: string): PromontoryError {
  return new PromontoryError(`cannot translate OTLP export: ${why}; send fewer data points a request`, {
    code: ERR_OTLP_SAMPLES_MAX,
    kind: 'too-large',
  });
}
