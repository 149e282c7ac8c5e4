/** A user's slot in the lookup epochs, claimed while it keeps refs that it looked up. */
import type { LookupEpochs } from '../head/lookup-epochs.ts';

export class LookupClaim {
  readonly #epochs: LookupEpochs;
  #slot = -1;

  constructor(epochs: LookupEpochs) {
    this.#epochs = epochs;
  }

  /** Before the first lookup; more calls change nothing. @returns false when all slots are taken */
  tryTake(): boolean {
    if (this.#slot >= 0) return true;
    this.#slot = this.#epochs.tryClaim();
    if (this.#slot < 0) return false;
    this.#epochs.enter(this.#slot);
    return true;
  }

  get isTaken(): boolean {
    return this.#slot >= 0;
  }

  /** No ref that was looked up is in use any more. Calling it twice is fine. */
  release(): void {
    if (this.#slot >= 0) this.#epochs.release(this.#slot);
    this.#slot = -1;
  }
}
