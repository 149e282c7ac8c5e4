/** The tombstones that hold in one state of the database, and what they leave of a block's samples. */
import type { HistogramSample, SampleColumns } from '@promontory/model';
import { overlapsAny, type TimeRange } from '../block/time-range.ts';
import { hasRef } from '../index/ref-sets.ts';
import { damageReason, type OnDamage } from '../store/damage.ts';
import { refKey } from '../store/keys.ts';
import type { LmdbSnapshot } from '../store/lmdb-environment.ts';
import type { Store } from '../store/store.ts';
import { decodeTombstone, type Tombstone } from './tombstone.ts';

const NO_RANGES: readonly TimeRange[] = [];
const KEY_END = Buffer.alloc(5, 0xff);

export class Tombstones {
  readonly list: readonly Tombstone[];

  constructor(list: readonly Tombstone[]) {
    this.list = list;
  }

  /** The ranges of a series that are deleted in a block; mostly none. */
  rangesOf(ref: number, blockId: number): readonly TimeRange[] {
    if (this.list.length === 0) return NO_RANGES;
    return this.list.filter((tombstone) => blockId < tombstone.blockIdEnd && hasRef(tombstone.refs, ref));
  }
}

/** A damaged tombstone deletes nothing: what it names is there again, and it is reported. */
export function readTombstones(store: Store, onDamage: OnDamage, snapshot?: LmdbSnapshot): Tombstones {
  const list: Tombstone[] = [];
  for (const { key, value } of store.tombstones.range(refKey(0), KEY_END, snapshot)) {
    const id = key.readUInt32BE(0);
    try {
      list.push(decodeTombstone(id, value));
    } catch (error) {
      onDamage({ what: 'tombstone', where: `tombstone ${id}`, reason: damageReason(error) });
    }
  }
  return new Tombstones(list);
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
