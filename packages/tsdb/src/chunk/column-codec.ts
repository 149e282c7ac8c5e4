// HOT PATH: encode 20 to 50 ns a sample, decode 3 to 6 ns (real numbers 12), no allocation; column-codec.bench.ts.
/**
 * Columns of a chunk: the timestamps or the values of up to SAMPLES_PER_CHUNK_MAX samples, bit for bit
 * (docs/format/chunk.md). Who stores a column keeps its length, its count and its checksum.
 *
 * Timestamps are an integer column, or doubles. Values, by the kind in their first byte: one constant, a
 * decimal or a double; decimals, as an integer column, with exceptions; near decimals, as decimals and an integer
 * column of corrections; doubles, as an integer column of their high words and one of their low words; or
 * doubles as they are.
 */
import { assert } from '@promontory/base';
import { type SampleColumns, STALE_NAN_HIGH_WORD, STALE_NAN_LOW_WORD } from '@promontory/model';
import { DecimalFit } from './decimal-fit.ts';
import { EXPONENT_MAX, isCovered, POWERS_OF_TEN } from './decimal-scale.ts';
import { INTEGER_RANGE_MAX, IntegerColumn, integerColumnBytesMax } from './integer-column.ts';
import { NearDecimalFit } from './near-decimal-fit.ts';
import {
  ByteReader,
  malformedBytes,
  signedVarintBytes,
  writeSignedVarint,
  writeVarint,
} from '../store/varint.ts';

export const SAMPLES_PER_CHUNK_MAX = 512;

/** Kinds of value columns: the upper three bits of the first byte; the lower five are the exponent, or 0. */
const CONSTANT_DECIMAL = 0;
const CONSTANT_DOUBLE = 1;
const DECIMALS = 2;
const DECIMALS_WITH_EXCEPTIONS = 3;
const SPLIT_DOUBLES = 4;
const DOUBLES = 5;
const NEAR_DECIMALS = 6;
const EXPONENT_BITS = 5;
const EXPONENT_MASK = (1 << EXPONENT_BITS) - 1;
assert(EXPONENT_MAX <= EXPONENT_MASK, 'an exponent fits beside the kind');

const TIMESTAMP_INTEGERS = 0;
const TIMESTAMP_DOUBLES = 1;

/** More exceptions than one in so many values: another kind may be smaller, and is tried too. */
const EXCEPTION_SHARE_MAX = 16;
const EXCEPTION_BYTES_MAX = 2 + 8;

/** The room that `encodeTimestamps` needs for `count` timestamps; it returns less, mostly far less. */
export function timestampColumnBytesMax(count: number): number {
  return 1 + Math.max(integerColumnBytesMax(count), 8 * count);
}

/** The room that `encodeValues` needs for `count` values; it returns at most 1 + 8 × count. */
export function valueColumnBytesMax(count: number): number {
  return 4 + 2 * integerColumnBytesMax(count) + EXCEPTION_BYTES_MAX * count;
}

/** Values, and the words of the same memory. */
export type ValueColumn = Pick<SampleColumns, 'value' | 'valueWords'>;

/** Encodes and decodes columns through scratch arrays of its own. One a thread. */
export class ColumnCodec {
  readonly #integerColumn = new IntegerColumn(SAMPLES_PER_CHUNK_MAX);
  readonly #decimals = new DecimalFit(SAMPLES_PER_CHUNK_MAX);
  readonly #nearDecimals = new NearDecimalFit(SAMPLES_PER_CHUNK_MAX);
  readonly #integers = new Float64Array(SAMPLES_PER_CHUNK_MAX);
  readonly #other = Buffer.alloc(valueColumnBytesMax(SAMPLES_PER_CHUNK_MAX));
  readonly #reader = new ByteReader();

  /**
   * Encodes timestamps [start, start + count), count from 1 to SAMPLES_PER_CHUNK_MAX; any integers, best ascending.
   *
   * @param target has timestampColumnBytesMax(count) bytes after `offset`
   * @returns the offset after the column
   */
  encodeTimestamps(
    timestampMs: Float64Array,
    start: number,
    count: number,
    target: Buffer,
    offset: number,
  ): number {
    assertCount(count);
    const integers = this.#integers;
    let isInRange = true;
    for (let index = 0; index < count; index++) {
      const time = timestampMs[start + index]!;
      integers[index] = time;
      if (!(time < INTEGER_RANGE_MAX && time > -INTEGER_RANGE_MAX)) isInRange = false;
    }
    if (isInRange) {
      target[offset] = TIMESTAMP_INTEGERS;
      return this.#integerColumn.encode(integers, count, target, offset + 1);
    }
    target[offset] = TIMESTAMP_DOUBLES;
    for (let index = 0; index < count; index++) {
      target.writeDoubleLE(integers[index]!, offset + 1 + 8 * index);
    }
    return offset + 1 + 8 * count;
  }

  /**
   * Decodes `count` timestamps from source[offset, end) into target[targetStart, targetStart + count).
   *
   * @throws PromontoryError ERR_STORE_CORRUPT when malformed or not exactly `end - offset` bytes; the target
   *   then holds anything
   */
  decodeTimestamps(
    source: Buffer,
    offset: number,
    end: number,
    count: number,
    target: Float64Array,
    targetStart: number,
  ): void {
    assertCount(count);
    const reader = this.#reader;
    reader.reset(source, offset, end);
    const kind = reader.readByte();
    if (kind === TIMESTAMP_INTEGERS) this.#integerColumn.decode(reader, count, target, targetStart, 1);
    else if (kind === TIMESTAMP_DOUBLES) {
      const at = reader.skip(8 * count);
      for (let index = 0; index < count; index++) {
        target[targetStart + index] = source.readDoubleLE(at + 8 * index);
      }
    } else throw malformedBytes('unknown kind of timestamps', offset);
    reader.finish();
  }

  /**
   * Encodes values [start, start + count) of the columns, count from 1 to SAMPLES_PER_CHUNK_MAX.
   *
   * @param target has valueColumnBytesMax(count) bytes after `offset`
   * @returns the offset after the column
   */
  encodeValues(columns: SampleColumns, start: number, count: number, target: Buffer, offset: number): number {
    assertCount(count);
    if (isConstant(columns.valueWords, start, count)) {
      return encodeConstant(columns, start, target, offset);
    }
    const end = this.#encodeSmallest(columns, start, count, target, offset);
    if (end - offset <= 1 + 8 * count) return end;
    target[offset] = DOUBLES << EXPONENT_BITS;
    return writeWords(target, offset + 1, columns.valueWords, start, count);
  }

  /**
   * Decodes `count` values from source[offset, end) into the target's values from `targetStart` on, which it
   * must have room for; its count stays.
   *
   * @throws PromontoryError ERR_STORE_CORRUPT when malformed or not exactly `end - offset` bytes; the target's
   *   values then hold anything
   */
  decodeValues(
    source: Buffer,
    offset: number,
    end: number,
    count: number,
    target: ValueColumn,
    targetStart: number,
  ): void {
    this.#reader.reset(source, offset, end);
    this.decodeNextValues(this.#reader, count, target, targetStart);
    this.#reader.finish();
  }

  /** As `decodeValues`, from a reader that is left after the column. */
  decodeNextValues(reader: ByteReader, count: number, target: ValueColumn, targetStart: number): void {
    assertCount(count);
    assert(targetStart + count <= target.value.length, 'the target has room');
    const first = reader.readByte();
    const exponent = first & EXPONENT_MASK;
    if (exponent > EXPONENT_MAX) throw malformedBytes('exponent too large', reader.offset);
    const power = POWERS_OF_TEN[exponent]!;
    switch (first >>> EXPONENT_BITS) {
      case CONSTANT_DECIMAL:
        target.value.fill(reader.readSignedVarint() / power, targetStart, targetStart + count);
        break;
      case CONSTANT_DOUBLE:
        fillDouble(target.valueWords, targetStart, count, reader);
        break;
      case DECIMALS:
        this.#integerColumn.decode(reader, count, target.value, targetStart, power);
        break;
      case DECIMALS_WITH_EXCEPTIONS:
        this.#integerColumn.decode(reader, count, target.value, targetStart, power);
        readExceptions(reader, count, target.valueWords, targetStart);
        break;
      case SPLIT_DOUBLES:
        this.#decodeSplit(reader, count, target.valueWords, targetStart);
        break;
      case DOUBLES:
        readDoubles(reader, count, target.valueWords, targetStart);
        break;
      case NEAR_DECIMALS:
        this.#integerColumn.decode(reader, count, target.value, targetStart, power);
        this.#integerColumn.decode(reader, count, this.#integers, 0, 1);
        addCorrections(this.#integers, count, target.valueWords, targetStart);
        readExceptions(reader, count, target.valueWords, targetStart);
        break;
      default:
        throw malformedBytes('unknown kind of values', reader.offset);
    }
  }

  #encodeSmallest(
    columns: SampleColumns,
    start: number,
    count: number,
    target: Buffer,
    offset: number,
  ): number {
    const { valueWords } = columns;
    let end = offset;
    if (this.#decimals.fit(columns, start, count)) {
      end = this.#encodeDecimals(valueWords, start, count, target, offset);
      if (this.#decimals.exceptionCount * EXCEPTION_SHARE_MAX <= count) return end;
    }
    if (this.#nearDecimals.fit(columns, start, count)) {
      return this.#keepSmaller(target, offset, end, this.#encodeNearDecimals(valueWords, start, count));
    }
    return this.#keepSmaller(target, offset, end, this.#encodeSplit(valueWords, start, count));
  }

  /** @returns the end of the smaller column in `target`: what is there up to `end`, or what `#other` holds */
  #keepSmaller(target: Buffer, offset: number, end: number, otherEnd: number): number {
    if (end > offset && end - offset <= otherEnd) return end;
    target.set(this.#other.subarray(0, otherEnd), offset);
    return offset + otherEnd;
  }

  #encodeDecimals(
    valueWords: Int32Array,
    start: number,
    count: number,
    target: Buffer,
    offset: number,
  ): number {
    const { integers, exceptions, exceptionCount, exponent } = this.#decimals;
    const kind = exceptionCount > 0 ? DECIMALS_WITH_EXCEPTIONS : DECIMALS;
    target[offset] = (kind << EXPONENT_BITS) | exponent;
    const end = this.#integerColumn.encode(integers, count, target, offset + 1);
    if (exceptionCount === 0) return end;
    return writeExceptions(exceptions, exceptionCount, valueWords, start, target, end);
  }

  /** Encodes into `#other`. */
  #encodeNearDecimals(valueWords: Int32Array, start: number, count: number): number {
    const { integers, corrections, exceptions, exceptionCount, exponent } = this.#nearDecimals;
    const target = this.#other;
    target[0] = (NEAR_DECIMALS << EXPONENT_BITS) | exponent;
    const middle = this.#integerColumn.encode(integers, count, target, 1);
    const end = this.#integerColumn.encode(corrections, count, target, middle);
    return writeExceptions(exceptions, exceptionCount, valueWords, start, target, end);
  }

  /** Encodes into `#other`. */
  #encodeSplit(valueWords: Int32Array, start: number, count: number): number {
    const words = this.#integers;
    const target = this.#other;
    target[0] = SPLIT_DOUBLES << EXPONENT_BITS;
    for (let index = 0; index < count; index++) words[index] = valueWords[2 * (start + index) + 1]!;
    const middle = this.#integerColumn.encode(words, count, target, 1);
    for (let index = 0; index < count; index++) words[index] = valueWords[2 * (start + index)]! >>> 0;
    return this.#integerColumn.encode(words, count, target, middle);
  }

  #decodeSplit(reader: ByteReader, count: number, target: Int32Array, targetStart: number): void {
    const words = this.#integers;
    for (const half of [1, 0]) {
      this.#integerColumn.decode(reader, count, words, 0, 1);
      for (let index = 0; index < count; index++) target[2 * (targetStart + index) + half] = words[index]!;
    }
  }
}

function assertCount(count: number): void {
  assert(count >= 1 && count <= SAMPLES_PER_CHUNK_MAX, 'a column has a sample and not too many', { count });
}

function isConstant(words: Int32Array, start: number, count: number): boolean {
  const low = words[2 * start];
  const high = words[2 * start + 1];
  for (let index = start + 1; index < start + count; index++) {
    if (words[2 * index] !== low || words[2 * index + 1] !== high) return false;
  }
  return true;
}

function encodeConstant(columns: SampleColumns, start: number, target: Buffer, offset: number): number {
  const value = columns.value[start]!;
  for (let exponent = 0; exponent <= EXPONENT_MAX; exponent++) {
    const power = POWERS_OF_TEN[exponent]!;
    if (!isCovered(value, power)) continue;
    const integer = Math.round(value * power);
    if (signedVarintBytes(integer) >= 8) break;
    target[offset] = (CONSTANT_DECIMAL << EXPONENT_BITS) | exponent;
    return writeSignedVarint(target, offset + 1, integer);
  }
  target[offset] = CONSTANT_DOUBLE << EXPONENT_BITS;
  return writeWords(target, offset + 1, columns.valueWords, start, 1);
}

function writeWords(target: Buffer, offset: number, words: Int32Array, start: number, count: number): number {
  for (let index = 0; index < 2 * count; index++) {
    target.writeInt32LE(words[2 * start + index]!, offset + 4 * index);
  }
  return offset + 8 * count;
}

function writeExceptions(
  exceptions: Uint16Array,
  exceptionCount: number,
  valueWords: Int32Array,
  start: number,
  target: Buffer,
  offset: number,
): number {
  let end = writeVarint(target, offset, exceptionCount);
  let previous = -1;
  for (let index = 0; index < exceptionCount; index++) {
    const position = exceptions[index]!;
    const at = 2 * (start + position);
    const isStale = valueWords[at] === STALE_NAN_LOW_WORD && valueWords[at + 1] === STALE_NAN_HIGH_WORD;
    end = writeVarint(target, end, 2 * (position - previous - 1) + (isStale ? 1 : 0));
    if (!isStale) end = writeWords(target, end, valueWords, start + position, 1);
    previous = position;
  }
  return end;
}

function readDoubles(reader: ByteReader, count: number, words: Int32Array, start: number): void {
  const at = reader.skip(8 * count);
  for (let index = 0; index < 2 * count; index++) {
    words[2 * start + index] = reader.source.readInt32LE(at + 4 * index);
  }
}

function fillDouble(words: Int32Array, start: number, count: number, reader: ByteReader): void {
  readDoubles(reader, 1, words, start);
  const low = words[2 * start]!;
  const high = words[2 * start + 1]!;
  for (let index = start + 1; index < start + count; index++) {
    words[2 * index] = low;
    words[2 * index + 1] = high;
  }
}

function readExceptions(reader: ByteReader, count: number, words: Int32Array, start: number): void {
  let position = -1;
  for (let left = reader.readVarint(); left > 0; left--) {
    const step = reader.readVarint();
    position += 1 + (step >>> 1);
    if (step > 2 * count || position >= count) throw malformedBytes('exception outside', reader.offset);
    if (step % 2 === 0) readDoubles(reader, 1, words, start + position);
    else {
      words[2 * (start + position)] = STALE_NAN_LOW_WORD;
      words[2 * (start + position) + 1] = STALE_NAN_HIGH_WORD;
    }
  }
}

/** Adds each correction to the bits of a double, taken as an integer of 64 bits. */
function addCorrections(corrections: Float64Array, count: number, words: Int32Array, start: number): void {
  for (let index = 0; index < count; index++) {
    const correction = corrections[index]!;
    if (correction === 0) continue;
    const at = 2 * (start + index);
    const low = (words[at]! >>> 0) + correction;
    words[at] = low;
    words[at + 1]! += Math.floor(low / 2 ** 32);
  }
}
