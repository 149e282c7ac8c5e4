// HOT PATH: see read-response.bench.ts. Nothing is allocated but when the buffer grows.
/**
 * Protobuf straight into a growing buffer. What writes many fields reserves room for them at once; the lengths of
 * messages are known before they are written.
 */
import type { Labels } from '@promontory/model';

const CAPACITY_INITIAL = 4096;
const VARINT_BYTES_MAX = 10;
/** UTF-8 of a UTF-16 unit. */
const UNIT_BYTES_MAX = 3;
const TWO_POW_32 = 2 ** 32;
/** Field 1 of a series, and of a label; field 2 of a label. All length-delimited. */
const TAG_1 = 0x0a;
const TAG_2 = 0x12;

const encoder = new TextEncoder();

/** @param value a whole number from 0 to 2^53 */
export function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
}

export class ProtobufWriter {
  /** Valid up to `length`; replaced when it grows. */
  bytes = new Uint8Array(CAPACITY_INITIAL);
  view = new DataView(this.bytes.buffer);
  length = 0;

  clear(): void {
    this.length = 0;
  }

  /** Makes room for so many bytes more than there are. */
  reserve(byteCount: number): void {
    const needed = this.length + byteCount;
    if (needed <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }

  /** @returns what was written; the writer's memory, until it is written to again */
  unsafeView(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Reserves by itself; so do the fields below. @param value a whole number from 0 to 2^53 */
  varint(value: number): void {
    this.reserve(VARINT_BYTES_MAX);
    let rest = value;
    while (rest >= 128) {
      this.bytes[this.length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.bytes[this.length++] = rest;
  }

  /** A tag and an `int64`: negative ones in ten bytes, as two's complement. @param value within ±2^53 */
  int64Field(tag: number, value: number): void {
    this.varint(tag);
    if (value >= 0) {
      this.varint(value);
      return;
    }
    this.reserve(VARINT_BYTES_MAX);
    let high = Math.floor(value / TWO_POW_32) | 0;
    let low = value | 0;
    for (let byte = 1; byte < VARINT_BYTES_MAX; byte++) {
      this.bytes[this.length++] = (low & 127) | 128;
      low = (low >>> 7) | (high << 25);
      high >>= 7;
    }
    this.bytes[this.length++] = 1;
  }

  /** A signed number, 0, -1, 1, -2 as 0, 1, 2, 3. @param value a whole number within ±2^53 */
  zigzag(value: number): void {
    if (value >= 0) {
      this.varint(2 * value);
      return;
    }
    // 2n - 1 may have a bit more than a double holds: the lowest seven are taken off before.
    const magnitude = -value;
    const rest = Math.ceil(magnitude / 64) - 1;
    const lowest = (2 * (magnitude % 64) + 127) % 128;
    this.reserve(1);
    this.bytes[this.length++] = rest > 0 ? lowest | 128 : lowest;
    if (rest > 0) this.varint(rest);
  }

  /** A tag and eight bytes, low word first. */
  fixed64Field(tag: number, high: number, low: number): void {
    this.reserve(VARINT_BYTES_MAX + 8);
    this.varint(tag);
    this.fixed64(high, low);
  }

  /** Does not reserve. */
  fixed64(high: number, low: number): void {
    this.view.setInt32(this.length, low, true);
    this.view.setInt32(this.length + 4, high, true);
    this.length += 8;
  }

  /** The labels of a series, each a field 1. */
  labels(labels: Labels): void {
    const { pairs } = labels;
    for (let at = 0; at < pairs.length; at += 2) {
      const name = pairs[at]!;
      const value = pairs[at + 1]!;
      const nameBytes = utf8Bytes(name);
      const valueBytes = utf8Bytes(value);
      this.bytesHead(TAG_1, 2 + varintBytes(nameBytes) + nameBytes + varintBytes(valueBytes) + valueBytes);
      this.#text(TAG_1, name, nameBytes);
      this.#text(TAG_2, value, valueBytes);
    }
  }

  /** Tag and length of a message, text or bytes, which follow. */
  bytesHead(tag: number, byteCount: number): void {
    this.varint(tag);
    this.varint(byteCount);
  }

  #text(tag: number, text: string, byteCount: number): void {
    this.bytesHead(tag, byteCount);
    this.reserve(byteCount);
    if (byteCount === text.length) {
      for (let at = 0; at < byteCount; at++) this.bytes[this.length++] = text.charCodeAt(at);
      return;
    }
    this.reserve(text.length * UNIT_BYTES_MAX);
    this.length += encoder.encodeInto(text, this.bytes.subarray(this.length)).written;
  }
}

/** A text is as long as its UTF-8 when it is ASCII, and only then. */
function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) continue;
    if (unit < 0x800) bytes += 1;
    // Half of a pair: the two have four bytes together. One that is alone is written as U+FFFD.
    else if (unit >= 0xd800 && unit < 0xdc00 && isLowSurrogate(text.charCodeAt(at + 1))) {
      bytes += 2;
      at++;
    } else bytes += 2;
  }
  return bytes;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}
