/**
 * Bounds-checked scanning of protobuf bytes without making objects: varints, and skipping of fields that
 * the reader does not know. Positions are carried in the scanner, so nothing is allocated.
 */
import { PromontoryError } from '@promontory/base';
import { ERR_PROTOBUF_INVALID } from './error-codes.ts';

export const WIRE_VARINT = 0;
export const WIRE_FIXED64 = 1;
export const WIRE_LENGTH_DELIMITED = 2;
const WIRE_START_GROUP = 3;
const WIRE_END_GROUP = 4;
export const WIRE_FIXED32 = 5;
const GROUP_DEPTH_MAX = 32;
const TWO_POW_27 = 2 ** 27;
const TWO_POW_28 = 2 ** 28;
const TWO_POW_55 = 2 ** 55;
const TWO_POW_56 = 2 ** 56;

/** @returns never; the offset is that of the byte in the decompressed body */
export function failProtobuf(why: string, offset: number): never {
  throw new PromontoryError(`cannot decode protobuf message: ${why} at byte ${offset}`, {
    code: ERR_PROTOBUF_INVALID,
    kind: 'bad-data',
    context: { offset },
  });
}

export class ProtobufScan {
  bytes: Uint8Array = new Uint8Array(0);
  /** The next byte to read. */
  position = 0;
  /** Of the varint read last. */
  readonly #groups = { low: 0, middle: 0, high: 0 };

  /** Reads a tag: field number × 8 + wire type. Field number 0 is refused. */
  tag(end: number): number {
    const start = this.position;
    const tag = this.varint32(end);
    if (tag >>> 3 === 0) failProtobuf('field number 0', start);
    return tag;
  }

  /** Reads a varint and keeps its low 32 bits, unsigned. At most ten bytes. */
  varint32(end: number): number {
    const start = this.position;
    if (start + 1 < end) {
      const first = this.bytes[start]!;
      const second = this.bytes[start + 1]!;
      if (first < 128) {
        this.position = start + 1;
        return first;
      }
      if (second < 128) {
        this.position = start + 2;
        return (first & 127) | (second << 7);
      }
    }
    return this.#longVarint32(start, end);
  }

  #longVarint32(start: number, end: number): number {
    let low = 0;
    for (let index = 0; index < 10; index++) {
      if (this.position >= end) failProtobuf('truncated varint', start);
      const byte = this.bytes[this.position++] ?? 0;
      if (index < 5) low |= (byte & 127) << (7 * index);
      if (byte < 128) return low >>> 0;
    }
    return failProtobuf('varint longer than ten bytes', start);
  }

  /** Reads a signed 64-bit varint; beyond ±2^53 the result is rounded. */
  varint64(end: number): number {
    this.#readGroups(end);
    const { low, middle, high } = this.#groups;
    if (high < 128) return low + middle * TWO_POW_28 + high * TWO_POW_56;
    const invertedLow = ~low & 0xfffffff;
    const invertedMiddle = ~middle & 0xfffffff;
    return -(invertedLow + invertedMiddle * TWO_POW_28 + (~high & 255) * TWO_POW_56) - 1;
  }

  /** Reads an unsigned 64-bit varint; beyond 2^53 the result is rounded. */
  unsigned64(end: number): number {
    this.#readGroups(end);
    const { low, middle, high } = this.#groups;
    return low + middle * TWO_POW_28 + high * TWO_POW_56;
  }

  /** Reads a signed 64-bit varint in zigzag form; beyond ±2^53 the result is rounded. */
  zigzag64(end: number): number {
    const first = this.position < end ? this.bytes[this.position]! : 128;
    if (first < 128) {
      this.position++;
      return (first >>> 1) ^ -(first & 1);
    }
    this.#readGroups(end);
    const { low, middle, high } = this.#groups;
    const half = (low >>> 1) + middle * TWO_POW_27 + high * TWO_POW_55;
    return (low & 1) === 0 ? half : -half - 1;
  }

  /** Reads a 64-bit varint of at most ten bytes as groups of 28, 28 and 8 bits. */
  #readGroups(end: number): void {
    const start = this.position;
    let low = 0;
    let middle = 0;
    let high = 0;
    for (let index = 0; index < 10; index++) {
      if (this.position >= end) failProtobuf('truncated varint', start);
      const byte = this.bytes[this.position++] ?? 0;
      const group = byte & 127;
      if (index < 4) low |= group << (7 * index);
      else if (index < 8) middle |= group << (7 * (index - 4));
      else high |= group << (7 * (index - 8));
      if (byte >= 128) continue;
      this.#groups.low = low;
      this.#groups.middle = middle;
      this.#groups.high = high & 255;
      return;
    }
    failProtobuf('varint longer than ten bytes', start);
  }

  /** Reads a double. */
  double(view: DataView, end: number): number {
    const start = this.position;
    if (start + 8 > end) failProtobuf('truncated double', start);
    this.position = start + 8;
    return view.getFloat64(start, true);
  }

  /**
   * Reads the length of a length-delimited field.
   *
   * @returns the offset after its content, which starts at `position`
   */
  contentEnd(end: number): number {
    const start = this.position;
    const low = this.varint32(end);
    const length = this.position - start < 5 ? low : this.#wholeVarint(start);
    const contentEnd = this.position + length;
    if (contentEnd > end) failProtobuf(`field of ${length} bytes runs past its message`, start);
    return contentEnd;
  }

  /** The varint `[start, position)` as an unsigned number, rounded beyond 2^53: its low 32 bits could pass for a length. */
  #wholeVarint(start: number): number {
    let whole = 0;
    for (let index = this.position - 1; index >= start; index--) {
      whole = whole * 128 + ((this.bytes[index] ?? 0) & 127);
    }
    return whole;
  }

  /** Skips the content of a field whose tag was just read. */
  skip(tag: number, end: number, groupDepth = 0): void {
    const start = this.position;
    switch (tag & 7) {
      case WIRE_VARINT:
        this.varint32(end);
        return;
      case WIRE_FIXED64:
        this.position += 8;
        break;
      case WIRE_LENGTH_DELIMITED:
        this.position = this.contentEnd(end);
        return;
      case WIRE_START_GROUP:
        this.#skipGroup(tag, end, groupDepth);
        return;
      case WIRE_FIXED32:
        this.position += 4;
        break;
      default:
        failProtobuf(`wire type ${tag & 7}`, start);
    }
    if (this.position > end) failProtobuf('truncated field', start);
  }

  #skipGroup(startTag: number, end: number, groupDepth: number): void {
    if (groupDepth >= GROUP_DEPTH_MAX) failProtobuf('groups nested too deep', this.position);
    for (;;) {
      const tag = this.tag(end);
      if ((tag & 7) === WIRE_END_GROUP) {
        if (tag >>> 3 !== startTag >>> 3) failProtobuf('group ends with another field number', this.position);
        return;
      }
      this.skip(tag, end, groupDepth + 1);
    }
  }
}
