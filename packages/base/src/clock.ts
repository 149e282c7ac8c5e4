/** Wall and monotonic time, injected so that tests can step it. */
export interface Clock {
  /** Milliseconds since the Unix epoch, integer. */
  nowMs(): number;
  /** Milliseconds that only grow, fractional; for durations. */
  monotonicMs(): number;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};

/** A clock that moves only when told to. */
export class ManualClock implements Clock {
  #nowMs: number;
  #monotonicMs = 0;

  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  /** Time passes: both readings move. */
  advance(durationMs: number): void {
    this.#nowMs += durationMs;
    this.#monotonicMs += Math.max(0, durationMs);
  }

  /** Somebody sets the wall clock: only it moves, forwards or backwards. */
  setWallClock(nowMs: number): void {
    this.#nowMs = nowMs;
  }
}
