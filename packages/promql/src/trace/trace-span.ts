/** One piece of work: how long it took, what it was, and the pieces that it was made of. */
import type { Clock } from '@promontory/base';

export class TraceSpan {
  readonly children: TraceSpan[] = [];
  readonly #clock: Clock;
  readonly #startMs: number;
  #message: string;
  #durationMs: number | null;

  /** Begins now, unless it says how long it took. */
  constructor(clock: Clock, message: string, durationMs: number | null = null) {
    this.#clock = clock;
    this.#message = message;
    this.#durationMs = durationMs;
    this.#startMs = clock.monotonicMs();
  }

  get message(): string {
    return this.#message;
  }

  /** Until now when it has not ended. */
  get durationMs(): number {
    return this.#durationMs ?? this.#clock.monotonicMs() - this.#startMs;
  }

  /** A part that begins now. */
  child(message: string): TraceSpan {
    const span = new TraceSpan(this.#clock, message);
    this.children.push(span);
    return span;
  }

  /** A part that was measured by somebody else. */
  add(message: string, durationMs: number): TraceSpan {
    const span = new TraceSpan(this.#clock, message, durationMs);
    this.children.push(span);
    return span;
  }

  /** @param outcome what is known now, behind the message */
  end(outcome = ''): void {
    this.#durationMs = this.durationMs;
    if (outcome !== '') this.#message += `: ${outcome}`;
  }
}
