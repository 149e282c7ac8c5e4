// HOT PATH: one call per sample of a matrix; budget 20 ns, no allocation (query-result-json.bench.ts).
import { writeDigits3, writeUint53 } from './digits.ts';

/** No timestamp takes more bytes than this, scratch space included. */
export const TIMESTAMP_BYTES_MAX = 28;

const MINUS = 45;
const POINT = 46;

/**
 * Seconds as Prometheus prints them beside samples: whole, or with exactly three decimals.
 *
 * @param target must have TIMESTAMP_BYTES_MAX free bytes from `position` on
 * @param timestampMs an integer
 * @returns the position after the last byte written
 */
export function writeTimestampInto(target: DataView, position: number, timestampMs: number): number {
  let start = position;
  let magnitudeMs = timestampMs;
  if (timestampMs < 0) {
    target.setUint8(start++, MINUS);
    magnitudeMs = -timestampMs;
  }
  const seconds = Math.floor(magnitudeMs / 1000);
  const fraction = magnitudeMs - seconds * 1000;
  const end = writeUint53(target, start, seconds);
  if (fraction === 0) return end;
  target.setUint8(end, POINT);
  writeDigits3(target, end + 1, fraction);
  return end + 4;
}
