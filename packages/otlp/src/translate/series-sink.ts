/** Who takes the series of a translation, piece by piece as they are made. */
import { PromontoryError } from '@promontory/base';
import type { Labels } from '@promontory/model';
import { ERR_OTLP_SAMPLES_MAX } from '../error-codes.ts';
import type { OtlpTranslationLimits } from './options.ts';
import type { TranslatedExemplar, TranslatedHistogram, TranslatedSample } from './translation.ts';

/** Labels have the metric name. A series comes as often as it has samples, with other series between. */
export interface SeriesSink {
  addSample(labels: Labels, sample: TranslatedSample): void;
  addHistogram(labels: Labels, histogram: TranslatedHistogram): void;
  /** A sample that stands for no data point: of the series that has the attributes of a resource. */
  addTargetInfo(labels: Labels, sample: TranslatedSample): void;
  /** Behind a sample of the series. */
  addExemplars(labels: Labels, exemplars: readonly TranslatedExemplar[]): void;
}

/** Reading labels takes time: this many times the text that there may be in all of distinct series. */
const TEXT_READS_MAX = 4;

/** Hands on what is within the limits of a request. */
export class BoundedSink implements SeriesSink {
  readonly #target: SeriesSink;
  readonly #limits: OtlpTranslationLimits;
  #sampleCount = 0;
  #textRead = 0;

  constructor(target: SeriesSink, limits: OtlpTranslationLimits) {
    this.#target = target;
    this.#limits = limits;
  }

  /** @throws PromontoryError ERR_OTLP_SAMPLES_MAX (too-large), as do the others */
  addSample(labels: Labels, sample: TranslatedSample): void {
    this.#countSample();
    this.#countText(labels);
    this.#target.addSample(labels, sample);
  }

  addHistogram(labels: Labels, histogram: TranslatedHistogram): void {
    this.#countSample();
    this.#countText(labels);
    this.#target.addHistogram(labels, histogram);
  }

  addTargetInfo(labels: Labels, sample: TranslatedSample): void {
    this.#countSample();
    this.#countText(labels);
    this.#target.addTargetInfo(labels, sample);
  }

  addExemplars(labels: Labels, exemplars: readonly TranslatedExemplar[]): void {
    if (exemplars.length === 0) return;
    this.#countText(labels);
    this.#target.addExemplars(labels, exemplars);
  }

  #countSample(): void {
    const { samplesMax } = this.#limits;
    if (++this.#sampleCount > samplesMax) throw tooLarge(`it becomes more than ${samplesMax} samples`);
  }

  #countText({ pairs }: Labels): void {
    for (let index = 0; index < pairs.length; index++) this.#textRead += pairs[index]!.length;
    if (this.#textRead > TEXT_READS_MAX * this.#limits.seriesBytesMax) {
      throw tooLarge('its labels are too long in all');
    }
  }
}

/** @param why an export fails whole */
export function tooLarge(why: string): PromontoryError {
  return new PromontoryError(`cannot translate OTLP export: ${why}; send fewer data points a request`, {
    code: ERR_OTLP_SAMPLES_MAX,
    kind: 'too-large',
  });
}
