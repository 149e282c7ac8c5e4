/** What the queries of one engine leave to each other: buffers, and what is dear to make anew. */
import { LruMap } from '@promontory/base';
import { LabelRegex } from '@promontory/model';
import { SampleBuffers } from './sample-buffers.ts';

/** Patterns of label_replace; those of matchers live with the parsed query. */
const REGEXES_MAX = 100;

export class EngineMemory {
  readonly buffers = new SampleBuffers();
  readonly #regexes = new LruMap<string, LabelRegex>(REGEXES_MAX);

  /** @throws PromontoryError ERR_MATCHER_REGEX_INVALID, ERR_MATCHER_REGEX_WEIGHT_MAX */
  regexOf(pattern: string): LabelRegex {
    return this.#regexes.getOrMake(pattern, (text) => new LabelRegex(text));
  }
}
