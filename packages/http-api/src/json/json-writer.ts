// HOT PATH: holds the loop over the samples of a matrix; budget 80 ns a sample of 17 digits (query-result-json.bench.ts).
/**
 * A growing buffer that JSON is written straight into, without objects in between.
 *
 * Strings come in two forms, because Prometheus prints them so: label names and values escape only what
 * JSON demands; every other string also hides `<`, `>`, `&`, U+2028 and U+2029 from HTML and JavaScript.
 * Text that is not well-formed Unicode is written with U+FFFD in place of each lone surrogate.
 */
import { assert } from '@promontory/base';
import { PointHeads } from './point-heads.ts';
import { SAMPLE_NUMBER_BYTES_MAX, SampleNumberWriter } from './sample-number-writer.ts';
import { TIMESTAMP_BYTES_MAX, writeTimestampInto } from './timestamp.ts';

const POINT_BYTES_MAX = TIMESTAMP_BYTES_MAX + SAMPLE_NUMBER_BYTES_MAX + 8;
const OPEN_BRACKET = 91;
const COMMA = 44;
const COMMA_AND_QUOTE = 0x2c22;
const QUOTE_AND_BRACKET = 0x225d;
const QUOTE = 34;
const BACKSLASH = 92;
const SPACE = 32;
const ASCII_MAX = 126;
const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};
// oxlint-disable-next-line no-control-regex -- control characters are what JSON must escape
const ESCAPED = /["\\\u0000-\u001f]/g;
// oxlint-disable-next-line no-control-regex -- as above
const ESCAPED_FOR_HTML = /["\\\u0000-\u001f<>&\u2028\u2029]/g;
const UTF8_BYTES_PER_UNIT_MAX = 3;

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: JsonValue | undefined;
}

/** @returns at least so many bytes, of any contents */
export type AllocateBody = (byteCount: number) => Uint8Array;

export class JsonWriter {
  readonly #allocate: AllocateBody;
  #bytes: Uint8Array;
  #view: DataView;
  #position = 0;
  readonly #encoder = new TextEncoder();
  readonly #numbers = new SampleNumberWriter();
  readonly #heads = new PointHeads();

  /**
   * @param capacityBytes a good guess saves the copies of growing
   * @param allocate gives at least so many bytes, of any contents
   */
  constructor(capacityBytes = 1024, allocate: AllocateBody = allocateUnzeroed) {
    this.#allocate = allocate;
    this.#bytes = allocate(capacityBytes);
    this.#view = viewOf(this.#bytes);
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#position;
  }

  /** Makes room for that many more bytes. */
  reserve(byteCount: number): void {
    const wanted = this.#position + byteCount;
    if (wanted <= this.#bytes.length) return;
    const grown = this.#allocate(Math.max(wanted, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#position));
    this.#bytes = grown;
    this.#view = viewOf(grown);
  }

  /** JSON text as it is, ASCII only. */
  raw(ascii: string): void {
    this.reserve(ascii.length);
    const bytes = this.#bytes;
    let position = this.#position;
    for (let index = 0; index < ascii.length; index++) bytes[position++] = ascii.charCodeAt(index);
    this.#position = position;
  }

  /** A string literal as labels have it. */
  labelText(text: string): void {
    this.reserve(text.length + 2);
    const bytes = this.#bytes;
    let position = this.#position;
    bytes[position++] = QUOTE;
    for (let index = 0; index < text.length; index++) {
      const unit = text.charCodeAt(index);
      if (unit < SPACE || unit > ASCII_MAX || unit === QUOTE || unit === BACKSLASH) {
        this.#escapedText(text.replace(ESCAPED, escapeUnit));
        return;
      }
      bytes[position++] = unit;
    }
    bytes[position++] = QUOTE;
    this.#position = position;
  }

  /** A string literal of any other kind. */
  text(text: string): void {
    this.#escapedText(text.replace(ESCAPED_FOR_HTML, escapeUnit));
  }

  /** `["a","b"]` of such literals. */
  textArray(texts: readonly string[]): void {
    this.raw('[');
    for (let index = 0; index < texts.length; index++) {
      if (index > 0) this.raw(',');
      this.text(texts[index] ?? '');
    }
    this.raw(']');
  }

  /** `[…]` with what `write` writes for each of the items: one value. */
  array<T>(items: readonly T[], write: (item: T) => void): void {
    for (let index = 0; index < items.length; index++) {
      this.raw(index === 0 ? '[' : ',');
      write(items[index]!);
    }
    this.raw(items.length === 0 ? '[]' : ']');
  }

  /** `{…}` with the members in the order given; undefined ones are left out. */
  object(members: Readonly<Record<string, JsonValue | undefined>>): void {
    this.raw('{');
    let isFirst = true;
    for (const [name, value] of Object.entries(members)) {
      if (value === undefined) continue;
      if (!isFirst) this.raw(',');
      isFirst = false;
      this.text(name);
      this.raw(':');
      this.value(value);
    }
    this.raw('}');
  }

  /** Any value, for what is not written often. Numbers as JSON has them: NaN and infinities are null. */
  value(value: JsonValue): void {
    if (typeof value === 'string') this.text(value);
    else if (typeof value === 'number') this.raw(Number.isFinite(value) ? String(value) : 'null');
    else if (typeof value !== 'object' || value === null) this.raw(String(value));
    else if (isList(value)) this.array(value, (item) => this.value(item));
    else this.object(value);
  }

  /**
   * `[timestamp,"value"]` for the entries `[from, to)` of both columns, with commas between and, when
   * `from` is not 0, one in front. Milliseconds in, seconds out. Series that share their column of timestamps are
   * best written one after the other.
   */
  points(timestampMs: Float64Array, value: Float64Array, from: number, to: number): void {
    assert(to <= timestampMs.length && to <= value.length, 'columns hold every point');
    this.reserve((to - from) * POINT_BYTES_MAX);
    const view = this.#view;
    const numbers = this.#numbers;
    const heads = this.#heads;
    const areHeadsKnown = heads.tryPrepare(timestampMs, from, to);
    let position = this.#position;
    for (let index = from; index < to; index++) {
      if (index > 0) view.setUint8(position++, COMMA);
      if (areHeadsKnown) position = heads.copyInto(view, position, index);
      else {
        view.setUint8(position, OPEN_BRACKET);
        position = writeTimestampInto(view, position + 1, timestampMs[index]!);
        view.setUint16(position, COMMA_AND_QUOTE);
        position += 2;
      }
      position = numbers.writeInto(view, position, value[index]!);
      view.setUint16(position, QUOTE_AND_BRACKET);
      position += 2;
    }
    this.#position = position;
  }

  /** A float as a string literal, as sample values are written. */
  number(value: number): void {
    this.reserve(SAMPLE_NUMBER_BYTES_MAX + 2);
    this.#bytes[this.#position++] = QUOTE;
    this.#position = this.#numbers.writeInto(this.#view, this.#position, value);
    this.#bytes[this.#position++] = QUOTE;
  }

  /** Milliseconds in, seconds out. */
  timestamp(timestampMs: number): void {
    this.reserve(TIMESTAMP_BYTES_MAX);
    this.#position = writeTimestampInto(this.#view, this.#position, timestampMs);
  }

  /** @returns what was written, a view of the buffer that is now the caller's; the writer must not be used again */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#position);
  }

  #escapedText(text: string): void {
    this.reserve(text.length * UTF8_BYTES_PER_UNIT_MAX + 2);
    this.#bytes[this.#position++] = QUOTE;
    this.#position += this.#encoder.encodeInto(text, this.#bytes.subarray(this.#position)).written;
    this.#bytes[this.#position++] = QUOTE;
  }
}

function isList(value: readonly JsonValue[] | JsonObject): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

/** Not zeroed, which would cost as much as a third of the writing; nothing that was not written leaves the writer. */
function allocateUnzeroed(byteCount: number): Uint8Array {
  return Buffer.allocUnsafeSlow(byteCount);
}

function escapeUnit(unit: string): string {
  return SHORT_ESCAPES[unit] ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
