import type { WorkTicker } from '@promontory/base';

/**
 * A text that a long match is looked after in: each character that the regex engine reads is work of a ticker. The engine
 * takes String objects as it takes strings, and reads them by `charCodeAt`.
 */
export class WatchedText extends String {
  readonly #ticker: WorkTicker;
  readonly #ticksPerCharacter: number;

  constructor(text: string, ticker: WorkTicker, ticksPerCharacter: number) {
    super(text);
    this.#ticker = ticker;
    this.#ticksPerCharacter = ticksPerCharacter;
  }

  /** Throws what the ticker's checkpoint throws, through the engine, which keeps nothing of a match that ends so. */
  override charCodeAt(index: number): number {
    this.#ticker.tick(this.#ticksPerCharacter);
    return super.charCodeAt(index);
  }
}
