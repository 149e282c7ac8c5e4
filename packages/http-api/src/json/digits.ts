// HOT PATH: decimal digits of non-negative integers; budget 10 ns for ten digits, no allocation (query-result-json.bench.ts).
const ZERO = 48;

/** The four ASCII digits of 0 to 9999, as a little-endian word that holds the first digit in its low byte. */
const QUADS = Uint32Array.from(
  { length: 10_000 },
  (_, value) =>
    (ZERO + Math.floor(value / 1000)) |
    ((ZERO + (Math.floor(value / 100) % 10)) << 8) |
    ((ZERO + (Math.floor(value / 10) % 10)) << 16) |
    ((ZERO + (value % 10)) << 24),
);

/** Eight digits with leading zeros, value in [0, 1e8). */
export function writeDigits8(target: DataView, position: number, value: number): void {
  const whole = value | 0;
  const front = (whole / 10_000) | 0;
  target.setUint32(position, QUADS[front]!, true);
  target.setUint32(position + 4, QUADS[(whole - front * 10_000) | 0]!, true);
}

/** Three digits with leading zeros, value in [0, 1000); the byte behind them is overwritten too. */
export function writeDigits3(target: DataView, position: number, value: number): void {
  target.setUint32(position, QUADS[value | 0]! >>> 8, true);
}

/**
 * No leading zeros, value an integer in [0, 2^53].
 *
 * @param target up to 4 bytes behind the last digit are overwritten too
 * @returns the position after the last digit; at most 16 digits
 */
export function writeUint53(target: DataView, position: number, value: number): number {
  if (value < 1e8) return writeUpTo8Digits(target, position, value | 0);
  const front = Math.floor(value / 1e8);
  const end = writeUpTo8Digits(target, position, front | 0);
  writeDigits8(target, end, value - front * 1e8);
  return end + 8;
}

function writeUpTo8Digits(target: DataView, position: number, value: number): number {
  if (value < 10_000) return writeUpTo4Digits(target, position, value);
  const front = (value / 10_000) | 0;
  const end = writeUpTo4Digits(target, position, front);
  target.setUint32(end, QUADS[(value - front * 10_000) | 0]!, true);
  return end + 4;
}

function writeUpTo4Digits(target: DataView, position: number, value: number): number {
  const skipped = value < 100 ? (value < 10 ? 3 : 2) : value < 1000 ? 1 : 0;
  target.setUint32(position, QUADS[value]! >>> (8 * skipped), true);
  return position + 4 - skipped;
}
