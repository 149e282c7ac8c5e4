/**
 * A body of protobuf as fields, one after the other, with what they may be checked as they are read. protobufjs
 * reads the wire; the messages are not decoded by its tables, since those make an object of every message before
 * anybody can count them.
 *
 * A message is read by `begin`, then `next` until it is false; every field is read by its type or skipped. A
 * field of another wire type than the one it is read as fails the body.
 */
import { isUtf8 } from 'node:buffer';
import { PromontoryError } from '@promontory/base';
import { isStaleAt } from '@promontory/model';
import protobuf from 'protobufjs/light.js';
import type { DecodeBudget } from '../decode-limits.ts';
import { ERR_OTLP_PROTOBUF_INVALID } from '../error-codes.ts';
import { wordsToMs } from '../nanoseconds.ts';

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const TWO_POW_32 = 2 ** 32;
const REPLACEMENT_CHARACTER = '\ufffd';

interface Words {
  readonly low: number;
  readonly high: number;
}

export class MessageSource {
  readonly budget: DecodeBudget;
  /** Number of the field that `next` came to. */
  field = 0;
  /** Whether the double that was read last is the staleness marker bit for bit. */
  isStaleDouble = false;
  readonly #reader: protobuf.Reader;
  readonly #bytes: Buffer;
  readonly #double = new Float64Array(1);
  readonly #words = new Int32Array(this.#double.buffer);
  #wireType = 0;

  /** @param bytes not changed, not kept beyond the source's life */
  constructor(bytes: Uint8Array, budget: DecodeBudget) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#reader = protobuf.Reader.create(this.#bytes);
    this.budget = budget;
  }

  /** @returns where the outermost message ends */
  beginBody(): number {
    this.budget.takeMessage();
    return this.#bytes.length;
  }

  /** @returns where the message ends that the current field holds */
  begin(): number {
    this.#expect(LENGTH_DELIMITED);
    this.budget.takeMessage();
    return this.#contentEnd();
  }

  /** Goes on to the next field of the message that ends at `end`; false when there is none. */
  next(end: number): boolean {
    const { pos } = this.#reader;
    if (pos >= end) {
      if (pos > end) throw invalid('a field runs past the end of its message', pos);
      return false;
    }
    const tag = this.#reader.tag();
    this.field = tag >>> 3;
    this.#wireType = tag & 7;
    if (this.field === 0) throw invalid('field number 0', pos);
    return true;
  }

  skip(): void {
    this.#reader.skipType(this.#wireType, 0, this.field);
  }

  /** @throws PromontoryError ERR_OTLP_PROTOBUF_INVALID when the bytes are not UTF-8 */
  string(): string {
    this.#expect(LENGTH_DELIMITED);
    const end = this.#contentEnd();
    const raw = this.#bytes.subarray(this.#reader.pos, end);
    const text = raw.toString('utf8');
    if (text.includes(REPLACEMENT_CHARACTER) && !isUtf8(raw)) {
      throw invalid('a text is not UTF-8', this.#reader.pos);
    }
    this.#reader.pos = end;
    return text;
  }

  /** @returns bytes of their own */
  bytes(): Uint8Array {
    this.#expect(LENGTH_DELIMITED);
    return Uint8Array.from(this.#reader.bytes());
  }

  bool(): boolean {
    return this.uint64() !== 0;
  }

  uint32(): number {
    this.#expect(VARINT);
    return this.#reader.uint32();
  }

  sint32(): number {
    this.#expect(VARINT);
    return this.#reader.sint32();
  }

  /** Rounded beyond 2^53. */
  uint64(): number {
    this.#expect(VARINT);
    return this.#varint64();
  }

  int64(): bigint {
    this.#expect(VARINT);
    const { low, high } = this.#reader.int64() as unknown as Words;
    return (BigInt(high) << 32n) | BigInt(low >>> 0);
  }

  /** Rounded beyond 2^53. */
  fixed64(): number {
    this.#expect(FIXED64);
    return this.#fixed64();
  }

  /** Signed; rounded beyond 2^53 on either side of zero. */
  sfixed64(): number {
    this.#expect(FIXED64);
    const low = this.#reader.fixed32();
    return this.#reader.sfixed32() * TWO_POW_32 + low;
  }

  /** A `fixed64` of nanoseconds as milliseconds. */
  timestampMs(): number {
    this.#expect(FIXED64);
    const low = this.#reader.fixed32();
    return wordsToMs(low, this.#reader.fixed32());
  }

  double(): number {
    this.#expect(FIXED64);
    return this.#readDouble();
  }

  /** Appends the doubles of a repeated field, packed or one by one. */
  doublesTo(target: number[]): void {
    this.#numbersTo(target, FIXED64, () => this.#readDouble());
  }

  /** As `doublesTo`; rounded beyond 2^53. */
  fixed64sTo(target: number[]): void {
    this.#numbersTo(target, FIXED64, () => this.#fixed64());
  }

  /** As `doublesTo`; rounded beyond 2^53. */
  uint64sTo(target: number[]): void {
    this.#numbersTo(target, VARINT, () => this.#varint64());
  }

  #numbersTo(target: number[], wireType: 0 | 1, read: () => number): void {
    if (this.#wireType !== LENGTH_DELIMITED) {
      this.#expect(wireType);
      this.budget.takeNumber();
      target.push(read());
      return;
    }
    const end = this.#contentEnd();
    while (this.#isBefore(end)) {
      this.budget.takeNumber();
      target.push(read());
    }
  }

  #readDouble(): number {
    this.#words[0] = this.#reader.sfixed32();
    this.#words[1] = this.#reader.sfixed32();
    this.isStaleDouble = isStaleAt(this.#words, 0);
    return this.#double[0]!;
  }

  #fixed64(): number {
    const low = this.#reader.fixed32();
    return this.#reader.fixed32() * TWO_POW_32 + low;
  }

  #varint64(): number {
    const first = this.#bytes[this.#reader.pos] ?? 128;
    if (first < 128) {
      this.#reader.pos++;
      return first;
    }
    const { low, high } = this.#reader.uint64() as unknown as Words;
    return (high >>> 0) * TWO_POW_32 + (low >>> 0);
  }

  #isBefore(end: number): boolean {
    const { pos } = this.#reader;
    if (pos > end) throw invalid('a number runs past the end of its field', pos);
    return pos < end;
  }

  #contentEnd(): number {
    const start = this.#reader.pos;
    const length = this.#reader.size();
    const end = this.#reader.pos + length;
    if (end > this.#bytes.length) throw invalid(`a field of ${length} bytes runs past the body`, start);
    return end;
  }

  #expect(wireType: 0 | 1 | 2): void {
    if (this.#wireType === wireType) return;
    const why = `field ${this.field} has wire type ${this.#wireType}, want ${wireType}`;
    throw invalid(why, this.#reader.pos);
  }
}

function invalid(why: string, offset: number): PromontoryError {
  return invalidProtobuf(`${why}, at byte ${offset}`);
}

export function invalidProtobuf(why: string, cause?: unknown): PromontoryError {
  return new PromontoryError(`cannot decode OTLP export from protobuf: ${why}`, {
    code: ERR_OTLP_PROTOBUF_INVALID,
    kind: 'bad-data',
    cause,
  });
}
