/**
 * Prometheus's staleness marker: the signalling NaN with bits 0x7ff0000000000002. It ends a series at once.
 * It survives copies from typed array to typed array; arithmetic and plain arrays change it, so it is
 * always tested through its words.
 */
export const STALE_NAN_HIGH_WORD = 0x7ff00000;
export const STALE_NAN_LOW_WORD = 0x00000002;

/** The quiet NaN that Prometheus itself writes for "not a number": bits 0x7ff8000000000001. */
export const NORMAL_NAN_HIGH_WORD = 0x7ff80000;
export const NORMAL_NAN_LOW_WORD = 0x00000001;

/**
 * @param words the Int32Array view over the same memory as the values (little endian)
 * @param valueIndex index of the value, not of the word
 */
export function isStaleAt(words: Int32Array, valueIndex: number): boolean {
  return words[2 * valueIndex] === STALE_NAN_LOW_WORD && words[2 * valueIndex + 1] === STALE_NAN_HIGH_WORD;
}

/** Writes the marker bit for bit. */
export function setStaleAt(words: Int32Array, valueIndex: number): void {
  words[2 * valueIndex] = STALE_NAN_LOW_WORD;
  words[2 * valueIndex + 1] = STALE_NAN_HIGH_WORD;
}
