/** What the queries of one engine leave to each other: buffers, and what is dear to make anew. */
import { LruMap } from '@promontory/base';
import { LabelRegex, RegexBudget } from '@promontory/model';
import { SampleBuffers } from './sample-buffers.ts';

/** Patterns of label_replace; those of matchers live with the parsed query. */
const REGEXES_MAX = 100;

export class EngineMemory {
  readonly buffers = new SampleBuffers();
  readonly #regexWeightMax: number | undefined;
  readonly #regexes = new LruMap<string, LabelRegex>(REGEXES_MAX);

  /** @param regexWeightMax of each regex; undefined for the default */
  constructor(regexWeightMax?: number) {
    this.#regexWeightMax = regexWeightMax;
  }

  /** @throws PromontoryError ERR_MATCHER_REGEX_INVALID, ERR_MATCHER_REGEX_WEIGHT_MAX */
  regexOf(pattern: string): LabelRegex {
    return this.#regexes.getOrMake(
      pattern,
      (text) => new LabelRegex(text, new RegexBudget(this.#regexWeightMax)),
    );
  }
}
