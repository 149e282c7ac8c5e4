/** What a stream of samples holds. A series has at most one stream of each kind in a block. */
export type StreamKind = 0 | 1 | 2;

export const FLOATS: StreamKind = 0;
export const HISTOGRAMS: StreamKind = 1;
/** Pairs of a sample's timestamp and its start timestamp, the latter as the value. */
export const START_TIMESTAMPS: StreamKind = 2;
export const STREAM_KINDS: readonly StreamKind[] = [FLOATS, HISTOGRAMS, START_TIMESTAMPS];

/** Kinds take two bits of a stream key. */
const KEY_KINDS = 4;

/** Orders streams as blocks do, by ref and then kind: a number below 2^33. */
export function streamKey(ref: number, kind: StreamKind): number {
  return ref * KEY_KINDS + kind;
}

export function refOfStreamKey(key: number): number {
  return Math.floor(key / KEY_KINDS);
}

export function kindOfStreamKey(key: number): StreamKind {
  return (key % KEY_KINDS) as StreamKind;
}
