/** The tombstones that hold in one state of the database, and what they leave of a block's samples. */
import type { HistogramSample, SampleColumns } from '@promontory/model';
import { overlapsAny, type TimeRange } from '../block/time-range.ts';
import { hasRef, type RefSet, union } from '../index/ref-sets.ts';
import { damageReason, type OnDamage } from '../store/damage.ts';
import { refKey } from '../store/keys.ts';
import type { LmdbSnapshot } from '../store/lmdb-environment.ts';
import type { Store } from '../store/store.ts';
import { decodeTombstone, type Tombstone } from './tombstone.ts';

const NO_RANGES: readonly TimeRange[] = [];
const KEY_END = Buffer.alloc(5, 0xff);

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
  #newest = new Tombstones([]);

  constructor(store: Store, onDamage: OnDamage) {
    this.#store = store;
    this.#onDamage = onDamage;
  }

  /** @throws PromontoryError ERR_STORE_FORMAT_VERSION */
  read(snapshot?: LmdbSnapshot): Tombstones {
    const { list } = this.#newest;
    const ids = Array.from(this.#store.tombstones.keys(refKey(0), KEY_END, snapshot), (key) =>
      key.readUInt32BE(0),
    );
    if (ids.length === list.length && ids.every((id, index) => list[index]?.id === id)) return this.#newest;
    const known = new Map(list.map((tombstone) => [tombstone.id, tombstone]));
    const found = ids.map((id) => known.get(id) ?? this.#tryDecode(id, snapshot));
    this.#newest = new Tombstones(found.filter((tombstone) => tombstone !== null));
    return this.#newest;
  }

  #tryDecode(id: number, snapshot: LmdbSnapshot | undefined): Tombstone | null {
    try {
      const record = this.#store.tombstones.get(refKey(id), snapshot);
      return record === undefined ? null : decodeTombstone(id, record);
    } catch (error) {
      this.#onDamage({ what: 'tombstone', where: `tombstone ${id}`, reason: damageReason(error) });
      return null;
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
