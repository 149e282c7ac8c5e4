import { assert } from '@promontory/base';

/** The evaluation times of a query or of a subquery: `startMs + step * stepMs` for step in [0, stepCount). */
export class TimeGrid {
  readonly startMs: number;
  /** Positive also when there is only one step. */
  readonly stepMs: number;
  readonly stepCount: number;

  constructor(startMs: number, stepMs: number, stepCount: number) {
    assert(stepMs > 0 && stepCount >= 0 && Number.isSafeInteger(stepCount), 'a grid has whole steps', {
      stepMs,
      stepCount,
    });
    this.startMs = startMs;
    this.stepMs = stepMs;
    this.stepCount = stepCount;
  }

  static single(timeMs: number): TimeGrid {
    return new TimeGrid(timeMs, 1, 1);
  }

  /** All times from `startMs` that are not after `endMsInclusive`. */
  static between(startMs: number, endMsInclusive: number, stepMs: number): TimeGrid {
    return new TimeGrid(startMs, stepMs, Math.max(0, Math.floor((endMsInclusive - startMs) / stepMs) + 1));
  }

  /** The last time; meaningless for a grid without steps. */
  get endMs(): number {
    return this.timeMs(this.stepCount - 1);
  }

  get key(): string {
    return `${this.startMs}+${this.stepCount}*${this.stepMs}`;
  }

  timeMs(step: number): number {
    return this.startMs + step * this.stepMs;
  }

  /** Of all steps; the caller's. */
  timesMs(): Float64Array {
    const { startMs, stepMs } = this;
    const timesMs = new Float64Array(this.stepCount);
    for (let step = 0; step < timesMs.length; step++) timesMs[step] = startMs + step * stepMs;
    return timesMs;
  }
}
