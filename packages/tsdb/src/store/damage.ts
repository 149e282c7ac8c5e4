/** What readers do about records that fail their checksum: leave the unit out, say so, go on. */
import { PromontoryError } from '@promontory/base';
import { ERR_STORE_CORRUPT, ERR_STORE_FORMAT_VERSION } from '../error-codes.ts';

export type RecordKind = 'postings run' | 'series page' | 'waiting batch' | 'fingerprint record';

export interface Damage {
  readonly what: RecordKind;
  /** The record's key in its table, in hexadecimal digits. */
  readonly key: string;
  readonly reason: string;
}

/** Called for every damaged record that is met, each time that it is met. Must not throw. */
export type OnDamage = (damage: Damage) => void;

/**
 * Runs `read`, which decodes the record under `key`.
 *
 * @returns null for a damaged record, which was reported
 * @throws PromontoryError ERR_STORE_FORMAT_VERSION, and whatever else `read` throws
 */
export function readOrReport<T>(
  onDamage: OnDamage,
  what: RecordKind,
  key: Uint8Array,
  read: () => T,
): T | null {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof PromontoryError) || error.code !== ERR_STORE_CORRUPT) throw error;
    onDamage({ what, key: Buffer.from(key).toString('hex'), reason: error.message });
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
