/** Stored data that fails its checks: it is left out of every answer and reported, never returned. */
import { PromontoryError } from '@promontory/base';
import { ERR_STORE_CORRUPT, ERR_STORE_FORMAT_VERSION } from '../error-codes.ts';

export type DamagedUnit =
  | 'main'
  | 'meta record'
  | 'index state'
  | 'series'
  | 'log'
  | 'log record'
  | 'block'
  | 'block record'
  | 'segment'
  | 'chunk'
  | 'series page'
  | 'waiting batch'
  | 'postings run'
  | 'fingerprint record'
  | 'exemplar'
  | 'metadata'
  | 'tombstone';

export interface Damage {
  readonly what: DamagedUnit;
  /** Which one: a block, a series, or the record's key in its table in hexadecimal digits. */
  readonly where: string;
  readonly reason: string;
  /** The range of time in which samples are lost, as far as it is known; both inclusive. */
  readonly firstTimestampMs?: number;
  readonly lastTimestampMs?: number;
}

/** Called for all damage that is met, each time that it is met. Must not throw. */
export type OnDamage = (damage: Damage) => void;

const PLACES_MAX = 1000;

/** Collects damage: each place once, up to a bound. */
export class DamageLog {
  readonly #places = new Set<string>();
  readonly #damages: Damage[] = [];
  readonly #onNew: OnDamage | undefined;

  /** @param onNew called for each place once, when it is first seen */
  constructor(onNew?: OnDamage) {
    this.#onNew = onNew;
  }

  /** Bound; may be handed on. */
  readonly report: OnDamage = (damage) => {
    const place = `${damage.what} ${damage.where}`;
    if (this.#places.size >= PLACES_MAX || this.#places.has(place)) return;
    this.#places.add(place);
    this.#damages.push(damage);
    this.#onNew?.(damage);
  };

  /** Whether there was room for all of it. */
  get isFull(): boolean {
    return this.#places.size >= PLACES_MAX;
  }

  get damages(): readonly Damage[] {
    return this.#damages;
  }
}

/**
 * What one query met that is damaged, each place once, up to a bound. A reader's parts are shared by all of its queries:
 * they report to `DamageReports`, which knows the query that runs.
 */
export class QueryDamages {
  readonly #log = new DamageLog();
  readonly #reports: DamageReports;

  constructor(reports: DamageReports) {
    this.#reports = reports;
  }

  get list(): readonly Damage[] {
    return this.#log.damages;
  }

  /** Runs a part of the query, which is synchronous and starts no other one. */
  during<T>(action: () => T): T {
    return this.#reports.during(this.#log, action);
  }
}

/** Hands damage on to the log of all, and to that of the query that runs. */
export class DamageReports {
  readonly #all: DamageLog;
  #query: DamageLog | null = null;

  constructor(all: DamageLog) {
    this.#all = all;
  }

  /** Bound; may be handed on. */
  readonly report: OnDamage = (damage) => {
    this.#query?.report(damage);
    this.#all.report(damage);
  };

  during<T>(query: DamageLog, action: () => T): T {
    this.#query = query;
    try {
      return action();
    } finally {
      this.#query = null;
    }
  }
}

/** @returns why, when the error says that stored bytes are damaged; throws every other error again */
export function damageReason(error: unknown): string {
  if (error instanceof PromontoryError && error.code === ERR_STORE_CORRUPT) return error.message;
  throw error;
}

/**
 * Runs `read`, which decodes the record under `key`.
 *
 * @returns null for a damaged record, which was reported
 * @throws PromontoryError ERR_STORE_FORMAT_VERSION, and whatever else `read` throws
 */
export function readOrReport<T>(
  onDamage: OnDamage,
  what: DamagedUnit,
  key: Uint8Array,
  read: () => T,
): T | null {
  try {
    return read();
  } catch (error) {
    onDamage({ what, where: Buffer.from(key).toString('hex'), reason: damageReason(error) });
    return null;
  }
}

/** @throws PromontoryError ERR_STORE_FORMAT_VERSION when an intact record has another version */
export function mustKnowVersion(version: number, wanted: number, what: string): void {
  if (version === wanted) return;
  throw new PromontoryError(`cannot read ${what}: its version is ${version}, want ${wanted}`, {
    code: ERR_STORE_FORMAT_VERSION,
    kind: 'corrupt',
    context: { version, wanted },
  });
}
