import type { BodyFeed } from '@promontory/http-api';

/** Events that one follower has not taken yet. */
export const FEED_EVENTS_MAX = 32;

/** The events of one follower, until it goes away or is sent away. */
export class NotificationFeed implements BodyFeed {
  readonly #onGone: () => void;
  #events: Uint8Array[] = [];
  #isEnding = false;
  #isGone = false;
  /** Of a `next` that waits. */
  #wake: (() => void) | null = null;

  /** @param onGone called once, when nobody takes events any more */
  constructor(onGone: () => void) {
    this.#onGone = onGone;
  }

  /** Whether it takes no events any more. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  get isEmpty(): boolean {
    return this.#events.length === 0;
  }

  /** @returns false, and takes nothing, when as many wait as may, or the end was called */
  tryPush(event: Uint8Array): boolean {
    if (this.#isEnding || this.#events.length >= FEED_EVENTS_MAX) return false;
    this.#events.push(event);
    this.#wakeUp();
    return true;
  }

  /** What waits is still sent. */
  end(): void {
    this.#isEnding = true;
    this.#wakeUp();
  }

  async next(): Promise<Uint8Array | null> {
    while (this.#events.length === 0 && !this.#isEnding)
      await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.#events.shift() ?? null;
  }

  close(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#events = [];
    this.end();
    this.#onGone();
  }

  #wakeUp(): void {
    this.#wake?.();
    this.#wake = null;
  }
}
