import type { PromontoryError } from '@promontory/base';

/** Whether somebody who waits for a place gets it: it comes, or ends before, once. */
export class Turn {
  /** Resolves when it comes. */
  readonly coming: Promise<void>;
  readonly #settle: PromiseWithResolvers<void>;
  #timer: NodeJS.Timeout | undefined;
  #isWaiting = true;

  constructor() {
    this.#settle = Promise.withResolvers();
    this.coming = this.#settle.promise;
  }

  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  come(): void {
    this.#stopWaiting();
    this.#settle.resolve();
  }

  /** Unless it came. @param error that `coming` rejects with */
  end(error: PromontoryError): void {
    this.#stopWaiting();
    this.#settle.reject(error);
  }

  /** Ends it when it has not come by then. */
  endAfter(durationMs: number, error: PromontoryError): void {
    this.#timer = setTimeout(() => this.end(error), durationMs);
  }

  #stopWaiting(): void {
    this.#isWaiting = false;
    clearTimeout(this.#timer);
  }
}
