/** Stored data that fails its checks: it is left out of every answer and reported, never returned. */

export type DamagedUnit =
  | 'log'
  | 'log-record'
  | 'block'
  | 'segment'
  | 'chunk'
  | 'series'
  | 'waiting-series'
  | 'postings'
  | 'fingerprint'
  | 'exemplar'
  | 'metadata'
  | 'tombstone';

export interface Damage {
  readonly unit: DamagedUnit;
  /** Which one: a block, a series, a key. */
  readonly where: string;
  readonly reason: string;
  /** The range of time in which samples are lost, as far as it is known. */
  readonly firstTimestampMs?: number;
  readonly lastTimestampMs?: number;
}

export type DamageReporter = (damage: Damage) => void;

const DAMAGES_KEPT_MAX = 1000;

/** Collects damage: each place once, the first of them with their details, all of them counted. */
export class DamageLog {
  readonly #places = new Set<string>();
  readonly #damages: Damage[] = [];
  readonly #onNew: DamageReporter | undefined;

  /** @param onNew called for each place once, when it is first seen */
  constructor(onNew?: DamageReporter) {
    this.#onNew = onNew;
  }

  /** Bound; may be handed on. */
  readonly report: DamageReporter = (damage) => {
    const place = `${damage.unit} ${damage.where}`;
    if (this.#places.size >= DAMAGES_KEPT_MAX || this.#places.has(place)) return;
    this.#places.add(place);
    this.#damages.push(damage);
    this.#onNew?.(damage);
  };

  get damages(): readonly Damage[] {
    return this.#damages;
  }
}
