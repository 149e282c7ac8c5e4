/** Ids of exemplars: lower-case hex of a fixed length; all zeros stand for none. */

const TRACE_ID_HEX_LENGTH = 32;
const SPAN_ID_HEX_LENGTH = 16;

/** @returns '' when there is none, null when it is not the hex of 16 bytes */
export function traceIdOf(hex: string): string | null {
  return idOf(hex, TRACE_ID_HEX_LENGTH);
}

/** @returns '' when there is none, null when it is not the hex of 8 bytes */
export function spanIdOf(hex: string): string | null {
  return idOf(hex, SPAN_ID_HEX_LENGTH);
}

function idOf(hex: string, length: number): string | null {
  if (hex === '') return '';
  if (hex.length !== length || !/^[0-9a-fA-F]+$/.test(hex)) return null;
  return /^0+$/.test(hex) ? '' : hex.toLowerCase();
}
