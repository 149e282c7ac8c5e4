/**
 * Fingerprint → ref on disk (docs/format/tsdb.md, `fingerprints`). The key is the three lanes, big-endian; the
 * value:
 *
 *   crc32 u32 | version u8 | ref u32
 *
 * New series are written many at a time and in the order of their keys: alone, each would rewrite a page of the
 * tree.
 */
import type { FingerprintTable } from '../head/fingerprint-table.ts';
import { mustBeIntactUnderKey, sealUnderKey } from '../store/checksum.ts';
import { mustKnowVersion, type OnDamage, readOrReport } from '../store/damage.ts';
import type { Store } from '../store/store.ts';

const VERSION = 1;
const KEY_BYTES = 12;
const RECORD_BYTES = 9;

/** There is a record, and what it says is lost. */
export const FINGERPRINT_DAMAGED = -1;

export function fingerprintKey(lane0: number, lane1: number, lane2: number): Buffer {
  return writeKey(Buffer.allocUnsafe(KEY_BYTES), lane0, lane1, lane2);
}

export function encodeFingerprint(key: Buffer, ref: number): Buffer {
  return writeRecord(Buffer.allocUnsafe(RECORD_BYTES), key, ref);
}

/** @throws PromontoryError ERR_STORE_CORRUPT, ERR_STORE_FORMAT_VERSION */
export function decodeFingerprint(key: Buffer, bytes: Buffer): number {
  const record = mustBeIntactUnderKey(key, bytes, 'fingerprint record');
  mustKnowVersion(record.readUInt8(4), VERSION, 'fingerprint record');
  return record.readUInt32LE(5);
}

export class FingerprintIndex {
  readonly #store: Store;
  readonly #onDamage: OnDamage;
  readonly #key = Buffer.allocUnsafe(KEY_BYTES);
  readonly #record = Buffer.allocUnsafe(RECORD_BYTES);

  constructor(store: Store, onDamage: OnDamage) {
    this.#store = store;
    this.#onDamage = onDamage;
  }

  /** @returns the ref, 0 when there is none, FINGERPRINT_DAMAGED when it cannot be known */
  find(lane0: number, lane1: number, lane2: number): number {
    const key = writeKey(this.#key, lane0, lane1, lane2);
    const record = this.#store.fingerprints.get(key);
    if (record === undefined) return 0;
    const ref = readOrReport(this.#onDamage, 'fingerprint record', key, () => decodeFingerprint(key, record));
    return ref ?? FINGERPRINT_DAMAGED;
  }

  /** Puts all fingerprints of the table. Inside a write transaction only. */
  putAll(table: FingerprintTable): void {
    const lanes = new Int32Array(4 * table.count);
    let count = 0;
    table.forEach((lane0, lane1, lane2, ref) => {
      lanes[count++] = lane0;
      lanes[count++] = lane1;
      lanes[count++] = lane2;
      lanes[count++] = ref;
    });
    for (const index of orderByFirstLane(lanes)) {
      const base = 4 * index;
      const key = writeKey(this.#key, lanes[base]!, lanes[base + 1]!, lanes[base + 2]!);
      this.#store.fingerprints.put(key, writeRecord(this.#record, key, lanes[base + 3]!));
    }
  }

  /** Removes the record when it says this ref, or cannot be read. Inside a write transaction only. */
  remove(lane0: number, lane1: number, lane2: number, ref: number): void {
    const found = this.find(lane0, lane1, lane2);
    if (found === ref || found === FINGERPRINT_DAMAGED)
      this.#store.fingerprints.remove(writeKey(this.#key, lane0, lane1, lane2));
  }
}

/** The positions of groups of four words, by the first word of the group (unsigned). */
function orderByFirstLane(lanes: Int32Array): Uint32Array {
  const ranked = new BigUint64Array(lanes.length / 4);
  const words = new Uint32Array(ranked.buffer);
  for (let index = 0; index < ranked.length; index++) {
    words[2 * index] = index;
    words[2 * index + 1] = lanes[4 * index]!;
  }
  ranked.sort();
  return Uint32Array.from({ length: ranked.length }, (_unused, index) => words[2 * index]!);
}

function writeKey(key: Buffer, lane0: number, lane1: number, lane2: number): Buffer {
  key.writeInt32BE(lane0, 0);
  key.writeInt32BE(lane1, 4);
  key.writeInt32BE(lane2, 8);
  return key;
}

function writeRecord(record: Buffer, key: Buffer, ref: number): Buffer {
  record.writeUInt8(VERSION, 4);
  record.writeUInt32LE(ref, 5);
  return sealUnderKey(key, record);
}
