/** The tombstones that hold in one state of the database, and what they leave of a block's samples. */
import type { HistogramSample, SampleColumns } from '@promontory/model';
import { overlapsAny, type TimeRange } from '../block/time-range.ts';
import { hasRef, type RefSet, union } from '../index/ref-sets.ts';
import { type Damage, damageReason, type OnDamage } from '../store/damage.ts';
import { KEY_END, KEY_START, refKey } from '../store/keys.ts';
import type { LmdbSnapshot } from '../store/lmdb-environment.ts';
import type { Store } from '../store/store.ts';
import { decodeTombstone, type Tombstone } from './tombstone.ts';

const NO_RANGES: readonly TimeRange[] = [];
const NO_RECORD = Buffer.alloc(0);

export class Tombstones {
  readonly list: readonly Tombstone[];
  /** All series that any of them names; made when first asked for. */
  #refs: RefSet | null = null;

  constructor(list: readonly Tombstone[]) {
    this.list = list;
  }

  /** The ranges of a series that are deleted in a block; mostly none. */
  rangesOf(ref: number, blockId: number): readonly TimeRange[] {
    if (this.list.length === 0) return NO_RANGES;
    this.#refs ??= union(this.list.map(({ refs }) => refs));
    if (!hasRef(this.#refs, ref)) return NO_RANGES;
    return this.list.filter((tombstone) => blockId < tombstone.blockIdEnd && hasRef(tombstone.refs, ref));
  }
}

/**
 * Reads the tombstones of a state of the database, and decodes none twice: a tombstone never changes, and its number
 * is given once. A damaged one deletes nothing: what it names is there again, and it is reported with every read.
 */
export class TombstoneReader {
  readonly #store: Store;
  readonly #onDamage: OnDamage;
  /** Of the last read, intact and damaged ones. */
  #ids: readonly number[] = [];
  #newest = new Tombstones([]);
  #damages: ReadonlyMap<number, Damage> = new Map();

  constructor(store: Store, onDamage: OnDamage) {
    this.#store = store;
    this.#onDamage = onDamage;
  }

  /** Whether what was read last had records that are damaged. */
  get isDamaged(): boolean {
    return this.#damages.size > 0;
  }

  /** @throws PromontoryError ERR_STORE_FORMAT_VERSION */
  read(snapshot?: LmdbSnapshot): Tombstones {
    const ids = Array.from(this.#store.tombstones.keys(KEY_START, KEY_END, snapshot), (key) =>
      key.readUInt32BE(0),
    );
    if (ids.length !== this.#ids.length || ids.some((id, index) => this.#ids[index] !== id))
      this.#renew(ids, snapshot);
    for (const damage of this.#damages.values()) this.#onDamage(damage);
    return this.#newest;
  }

  #renew(ids: readonly number[], snapshot: LmdbSnapshot | undefined): void {
    const known = new Map(this.#newest.list.map((tombstone) => [tombstone.id, tombstone]));
    const list: Tombstone[] = [];
    const damages = new Map<number, Damage>();
    for (const id of ids) {
      const damage = this.#damages.get(id);
      const found = known.get(id) ?? damage ?? this.#decode(id, snapshot);
      if ('refs' in found) list.push(found);
      else damages.set(id, found);
    }
    this.#newest = new Tombstones(list);
    this.#damages = damages;
    this.#ids = ids;
  }

  #decode(id: number, snapshot: LmdbSnapshot | undefined): Tombstone | Damage {
    try {
      return decodeTombstone(id, this.#store.tombstones.get(refKey(id), snapshot) ?? NO_RECORD);
    } catch (error) {
      return { what: 'tombstone', where: `tombstone ${id}`, reason: damageReason(error) };
    }
  }
}

/** Takes the samples from `start` on that are in a range out of the columns. */
export function removeRanges(columns: SampleColumns, start: number, ranges: readonly TimeRange[]): void {
  if (ranges.length === 0) return;
  const { timestampMs, valueWords, count } = columns;
  let kept = start;
  for (let index = start; index < count; index++) {
    const time = timestampMs[index]!;
    if (overlapsAny(ranges, time, time)) continue;
    timestampMs[kept] = time;
    valueWords[2 * kept] = valueWords[2 * index]!;
    valueWords[2 * kept + 1] = valueWords[2 * index + 1]!;
    kept++;
  }
  columns.count = kept;
}

/** Those of the samples that are in no range. */
export function outsideRanges(
  samples: readonly HistogramSample[],
  ranges: readonly TimeRange[],
): readonly HistogramSample[] {
  if (ranges.length === 0) return samples;
  return samples.filter(({ timestampMs }) => !overlapsAny(ranges, timestampMs, timestampMs));
}
