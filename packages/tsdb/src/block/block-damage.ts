import type { StreamKind } from './stream-kind.ts';

/**
 * A part of a block that cannot be read and was left out.
 *
 * `block`: its files are damaged or gone; of large segments what is intact is still read. `header`: its figures are not known. `index`: nothing is lost, the index
 * was made anew from the segments. `segment`: chunks of the refs [ref, lastRef] are lost. `chunk`: the samples of
 * one chunk are lost. `order`: found by verification only, chunks or refs are not in order or do not match.
 */
export interface BlockDamage {
  readonly what: 'block' | 'header' | 'index' | 'segment' | 'chunk' | 'order';
  readonly blockId: number;
  readonly segmentNumber?: number;
  readonly ref?: number;
  /** The last ref of which a damaged segment may have chunks. */
  readonly lastRef?: number;
  readonly kind?: StreamKind;
  /** Of the lost samples, inclusive, when it is known. */
  readonly firstTimestampMs?: number;
  readonly lastTimestampMs?: number;
  readonly reason: string;
}

export type OnBlockDamage = (damage: BlockDamage) => void;
