/** Lets so many in at once; others wait in line, so many of them. Owned by one thread. */

/** A place, taken or waited for. */
export interface Admission {
  /** Gives it back, or leaves the line; a second call does nothing. */
  leave(): void;
}

interface Waiting {
  readonly onAdmitted: () => void;
  state: 'waiting' | 'inside' | 'gone';
}

export class AdmissionGate {
  readonly #insideMax: number;
  readonly #waitingMax: number;
  readonly #line: Waiting[] = [];
  #inside = 0;

  constructor(insideMax: number, waitingMax: number) {
    this.#insideMax = insideMax;
    this.#waitingMax = waitingMax;
  }

  get inside(): number {
    return this.#inside;
  }

  get waiting(): number {
    return this.#line.length;
  }

  /**
   * @param onAdmitted called once there is a place: at once, or later in the order of those who wait
   * @returns null, and never calls it, when the line is full
   */
  tryEnter(onAdmitted: () => void): Admission | null {
    const isFull = this.#inside >= this.#insideMax;
    if (isFull && this.#line.length >= this.#waitingMax) return null;
    const place: Waiting = { onAdmitted, state: 'waiting' };
    const admission = { leave: () => this.#leave(place) };
    if (isFull) this.#line.push(place);
    else this.#admit(place);
    return admission;
  }

  #admit(place: Waiting): void {
    place.state = 'inside';
    this.#inside++;
    place.onAdmitted();
  }

  #leave(place: Waiting): void {
    const { state } = place;
    place.state = 'gone';
    if (state === 'waiting') this.#line.splice(this.#line.indexOf(place), 1);
    if (state !== 'inside') return;
    this.#inside--;
    const next = this.#line.shift();
    if (next !== undefined) this.#admit(next);
  }
}
