/**
 * Whole numbers in 1 to 72 bits: a run of ones that ends with a zero says how many bits follow. Signed and
 * unsigned numbers use the same widths. A signed number of n bits is in [-(2^(n-1) - 1), 2^(n-1)]: the range is
 * shifted by one against two's complement.
 */
import { type BitReader, invalidChunk } from './bit-reader.ts';
import type { BitWriter } from './bit-writer.ts';

/** Bits of the number by the count of ones before it. */
const WIDTHS = [0, 3, 6, 9, 12, 18, 25, 56, 64] as const;
const ONES_MAX = WIDTHS.length - 1;
const TWO_POW_32 = 2 ** 32;
export const VARBIT_BYTES_MAX = 9;

/** @param value a whole number within ±2^53 */
export function writeVarbitInt(writer: BitWriter, value: number): void {
  if (value === 0) writer.bits(0, 1);
  else if (value >= -3 && value <= 4) writer.bits((0b10 << 3) | (value & 7), 5);
  else if (value >= -31 && value <= 32) writer.bits((0b110 << 6) | (value & 63), 9);
  else if (value >= -255 && value <= 256) writer.bits((0b1110 << 9) | (value & 511), 13);
  else if (value >= -2047 && value <= 2048) writer.bits((0b11110 << 12) | (value & 4095), 17);
  else if (value >= -131_071 && value <= 131_072) writer.bits((0b111110 << 18) | (value & 262_143), 24);
  else if (value >= -16_777_215 && value <= 16_777_216) {
    writer.bits(0b1111110, 7);
    writer.word(value, 25);
  } else {
    writer.bits(0b11111110, 8);
    writeInt64(writer, value, 56);
  }
}

/** @param value a whole number from 0 to 2^53 */
export function writeVarbitUint(writer: BitWriter, value: number): void {
  if (value === 0) writer.bits(0, 1);
  else if (value < 8) writer.bits((0b10 << 3) | value, 5);
  else if (value < 64) writer.bits((0b110 << 6) | value, 9);
  else if (value < 512) writer.bits((0b1110 << 9) | value, 13);
  else if (value < 4096) writer.bits((0b11110 << 12) | value, 17);
  else if (value < 262_144) writer.bits((0b111110 << 18) | value, 24);
  else if (value < 33_554_432) {
    writer.bits(0b1111110, 7);
    writer.word(value, 25);
  } else {
    writer.bits(0b11111110, 8);
    writeInt64(writer, value, 56);
  }
}

/** The low bits of a whole number in two's complement. */
export function writeInt64(writer: BitWriter, value: number, bitCount: number): void {
  writer.words(Math.floor(value / TWO_POW_32) | 0, value | 0, bitCount);
}

/** Exact within ±2^53, rounded beyond. @throws PromontoryError ERR_CHUNK_INVALID */
export function readVarbitInt(reader: BitReader): number {
  const width = readWidth(reader);
  return width === 0 ? 0 : readSigned(reader, width);
}

/** Exact to 2^53, rounded beyond. @throws PromontoryError ERR_CHUNK_INVALID */
export function readVarbitUint(reader: BitReader): number {
  const width = readWidth(reader);
  if (width === 0) return 0;
  reader.readWords(width);
  return (reader.high >>> 0) * TWO_POW_32 + (reader.low >>> 0);
}

/** A signed number in the shifted range of its width; of 64 bits in plain two's complement. */
export function readSigned(reader: BitReader, width: number): number {
  reader.readWords(width);
  const { high, low } = reader;
  if (width === 64) return high * TWO_POW_32 + (low >>> 0);
  if (width <= 32) return shifted((low << (32 - width)) >> (32 - width), width);
  const signShift = 64 - width;
  return shifted(((high << signShift) >> signShift) * TWO_POW_32 + (low >>> 0), width);
}

/** The least number of two's complement stands for the greatest one. */
function shifted(value: number, width: number): number {
  return value === -(2 ** (width - 1)) ? -value : value;
}

function readWidth(reader: BitReader): number {
  const width = WIDTHS[reader.ones(ONES_MAX)];
  if (width === undefined) throw invalidChunk('a number has an unknown width');
  return width;
}
