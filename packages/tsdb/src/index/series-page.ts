/**
 * The labels of up to 128 series whose refs have the same upper bits (docs/format/tsdb.md, `series`):
 *
 *   crc32 u32 | version u8 | widths u8 | layout count u8 | 0 u8 | string count u32 | slots present, 128 bits |
 *   layout u8 × series | string end × string count | layouts | rows | strings
 *
 * Each string of the page is there once. A layout is the list of label names of one or more series; a row holds
 * the numbers of a series' values, in the order of its layout. Opening a page computes where its rows start
 * and decodes nothing; a string is decoded when it is first asked for, and shared by all labels made of it.
 */
import { Labels } from '@promontory/model';
import { mustBeIntactUnderKey } from '../store/checksum.ts';
import { mustKnowVersion } from '../store/damage.ts';
import { malformedBytes, varintBytes, writeVarint } from '../store/varint.ts';

const PAGE_SHIFT = 7;
export const SERIES_PER_PAGE = 1 << PAGE_SHIFT;
export const PAGE_VERSION = 1;
export const STRING_COUNT_AT = 8;
export const PRESENT_AT = 12;
export const PRESENT_BYTES = SERIES_PER_PAGE / 8;
/** Where the layouts of the series are listed. */
export const LAYOUTS_AT = PRESENT_AT + PRESENT_BYTES;

const NAME_TAG = 0x0a;
const VALUE_TAG = 0x12;

export function pageOf(ref: number): number {
  return ref >>> PAGE_SHIFT;
}

export function slotOf(ref: number): number {
  return ref & (SERIES_PER_PAGE - 1);
}

export function firstRefOfPage(page: number): number {
  return page * SERIES_PER_PAGE;
}

export class SeriesPage {
  readonly #record: Buffer;
  readonly #indexWidth: number;
  readonly #endWidth: number;
  readonly #stringCount: number;
  readonly #endsAt: number;
  readonly #stringsAt: number;
  /** layout → offset of its label count. */
  readonly #layoutStarts: Int32Array;
  /** slot → offset of its row, 0 for an absent series. */
  readonly #rowStarts = new Int32Array(SERIES_PER_PAGE);
  readonly #layoutOfSlot = new Uint8Array(SERIES_PER_PAGE);
  readonly #strings: string[] = [];

  /**
   * @param record kept, not copied
   * @throws PromontoryError ERR_STORE_CORRUPT, ERR_STORE_FORMAT_VERSION
   */
  constructor(key: Buffer, record: Buffer) {
    this.#record = mustBeIntactUnderKey(key, record, 'series page');
    mustKnowVersion(record[4] ?? 0, PAGE_VERSION, 'series page');
    mustBeInside(record, LAYOUTS_AT);
    this.#indexWidth = record.readUInt8(5) & 15;
    this.#endWidth = record.readUInt8(5) >>> 4;
    if (this.#indexWidth < 1 || this.#indexWidth > 4 || (this.#endWidth !== 2 && this.#endWidth !== 4))
      throw malformedBytes('numbers of another width', 5);
    this.#layoutStarts = new Int32Array(record.readUInt8(6));
    this.#stringCount = record.readUInt32LE(STRING_COUNT_AT);
    this.#endsAt = LAYOUTS_AT + this.#countSeries();
    this.#stringsAt = this.#findRows(this.#findLayouts(this.#endsAt + this.#stringCount * this.#endWidth));
  }

  has(slot: number): boolean {
    return this.#rowStarts[slot] !== 0;
  }

  /** The refs of the page's series, ascending. @param page the page's number */
  refs(page: number): Int32Array {
    const refs: number[] = [];
    for (let slot = 0; slot < SERIES_PER_PAGE; slot++) {
      if (this.has(slot)) refs.push(firstRefOfPage(page) + slot);
    }
    return Int32Array.from(refs);
  }

  /** The labels of a series that is there. */
  labels(slot: number): Labels {
    const pairs: string[] = [];
    const layout = this.#layoutStarts[this.#layoutOfSlot[slot]!]!;
    const count = this.#record.readUInt32LE(layout);
    const row = this.#rowStarts[slot]!;
    for (let label = 0; label < count; label++) {
      const name = this.#stringAt(layout + 4 + label * this.#indexWidth);
      const value = this.#stringAt(row + label * this.#indexWidth);
      pairs.push(this.#string(name), this.#string(value));
    }
    return Labels.fromSortedPairs(pairs);
  }

  /** The canonical label bytes of a series that is there; owned. */
  copyLabelBytes(slot: number): Buffer {
    const layout = this.#layoutStarts[this.#layoutOfSlot[slot]!]!;
    const count = this.#record.readUInt32LE(layout);
    const row = this.#rowStarts[slot]!;
    const strings = new Int32Array(2 * count);
    let length = 0;
    for (let label = 0; label < count; label++) {
      strings[2 * label] = this.#stringAt(layout + 4 + label * this.#indexWidth);
      strings[2 * label + 1] = this.#stringAt(row + label * this.#indexWidth);
      const body = this.#bodyLength(strings[2 * label]!, strings[2 * label + 1]!);
      length += varintBytes(body) + body;
    }
    const bytes = Buffer.allocUnsafe(length);
    let position = 0;
    for (let index = 0; index < strings.length; index += 2)
      position = this.#writeLabel(bytes, position, strings[index]!, strings[index + 1]!);
    return bytes;
  }

  #countSeries(): number {
    let count = 0;
    for (let slot = 0; slot < SERIES_PER_PAGE; slot++) if (this.#isPresent(slot)) count++;
    return count;
  }

  #isPresent(slot: number): boolean {
    return (this.#record[PRESENT_AT + (slot >>> 3)]! & (1 << (slot & 7))) !== 0;
  }

  /** @param start of the first layout @returns the offset after the last */
  #findLayouts(start: number): number {
    let position = start;
    for (let layout = 0; layout < this.#layoutStarts.length; layout++) {
      mustBeInside(this.#record, position + 4);
      this.#layoutStarts[layout] = position;
      position += 4 + this.#record.readUInt32LE(position) * this.#indexWidth;
    }
    mustBeInside(this.#record, position);
    return position;
  }

  /** @param start of the first row @returns the offset after the last */
  #findRows(start: number): number {
    let position = start;
    let series = 0;
    for (let slot = 0; slot < SERIES_PER_PAGE; slot++) {
      if (!this.#isPresent(slot)) continue;
      const layout = this.#record[LAYOUTS_AT + series++]!;
      if (layout >= this.#layoutStarts.length) throw malformedBytes(`no layout ${layout}`, LAYOUTS_AT);
      this.#layoutOfSlot[slot] = layout;
      this.#rowStarts[slot] = position;
      position += this.#record.readUInt32LE(this.#layoutStarts[layout]) * this.#indexWidth;
    }
    mustBeInside(this.#record, position);
    return position;
  }

  /** The number of a string that is there. */
  #stringAt(at: number): number {
    const string = this.#indexWidth === 1 ? this.#record[at]! : this.#record.readUIntLE(at, this.#indexWidth);
    if (string >= this.#stringCount) throw malformedBytes(`no string ${string}`, at);
    const end = this.#stringEnd(string);
    if (end < this.#stringStart(string)) throw malformedBytes('a string ends before it starts', at);
    mustBeInside(this.#record, this.#stringsAt + end);
    return string;
  }

  #stringEnd(string: number): number {
    const at = this.#endsAt + string * this.#endWidth;
    return this.#endWidth === 2 ? this.#record.readUInt16LE(at) : this.#record.readUInt32LE(at);
  }

  #stringStart(string: number): number {
    return string === 0 ? 0 : this.#stringEnd(string - 1);
  }

  #string(string: number): string {
    const known = this.#strings[string];
    if (known !== undefined) return known;
    const start = this.#stringsAt + this.#stringStart(string);
    return (this.#strings[string] = this.#record.toString(
      'utf8',
      start,
      this.#stringsAt + this.#stringEnd(string),
    ));
  }

  #bodyLength(name: number, value: number): number {
    const nameLength = this.#stringEnd(name) - this.#stringStart(name);
    const valueLength = this.#stringEnd(value) - this.#stringStart(value);
    return 2 + varintBytes(nameLength) + nameLength + varintBytes(valueLength) + valueLength;
  }

  #writeLabel(target: Buffer, start: number, name: number, value: number): number {
    let position = writeVarint(target, start, this.#bodyLength(name, value));
    target[position++] = NAME_TAG;
    position = this.#writeString(target, position, name);
    target[position++] = VALUE_TAG;
    return this.#writeString(target, position, value);
  }

  #writeString(target: Buffer, start: number, string: number): number {
    const from = this.#stringsAt + this.#stringStart(string);
    const to = this.#stringsAt + this.#stringEnd(string);
    const position = writeVarint(target, start, to - from);
    return position + this.#record.copy(target, position, from, to);
  }
}

/** All counts in a page are bounded by that what they count lies in it. */
function mustBeInside(record: Buffer, end: number): void {
  if (end > record.length) throw malformedBytes(`${end} bytes in ${record.length}`, record.length);
}
