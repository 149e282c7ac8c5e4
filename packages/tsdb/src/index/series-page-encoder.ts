// HOT PATH: below 1 µs a series of nine labels; series-registry.bench.ts.
/** Writes series pages; what is in them says series-page.ts. */
import { assert } from '@promontory/base';
import { sealUnderKey } from '../store/checksum.ts';
import { IntColumn } from './int-column.ts';
import type { SeriesPairs } from './series-pairs.ts';
import {
  LAYOUTS_AT,
  PAGE_VERSION,
  PRESENT_AT,
  PRESENT_BYTES,
  SERIES_PER_PAGE,
  slotOf,
  STRING_COUNT_AT,
} from './series-page.ts';

export class SeriesPageEncoder {
  readonly #pairs: SeriesPairs;
  /** pair → number of its value in the page's strings, -1 for none yet. */
  readonly #stringOfPair: Int32Array;
  readonly #stringOfName: Int32Array;
  readonly #usedPairs = new IntColumn();
  readonly #usedNames = new IntColumn();
  /** Where the page's strings lie in the arenas, names first: two numbers a string. */
  readonly #stringBounds = new IntColumn();
  /** layout → a series that has it. */
  readonly #layoutSeries = new IntColumn();
  readonly #layouts = new IntColumn();

  /** @param pairs no series is added to it any more */
  constructor(pairs: SeriesPairs) {
    this.#pairs = pairs;
    this.#stringOfPair = new Int32Array(pairs.pairs.count).fill(-1);
    this.#stringOfName = new Int32Array(pairs.names.count).fill(-1);
  }

  /**
   * The page of the series from `first` to before `end`, which all belong to it.
   *
   * @returns owned bytes
   */
  encode(key: Buffer, first: number, end: number): Buffer {
    assert(end > first && end - first <= SERIES_PER_PAGE, 'a page holds 1 to 128 series', { first, end });
    this.#collectLayouts(first, end);
    const nameCount = this.#usedNames.length;
    this.#collectValues(first, end);
    const record = this.#write(key, first, end, nameCount);
    this.#reset();
    return record;
  }

  #collectLayouts(first: number, end: number): void {
    for (let series = first; series < end; series++) {
      const layout = this.#findLayout(series);
      this.#layouts.push(layout);
      if (layout < this.#layoutSeries.length) continue;
      this.#layoutSeries.push(series);
      this.#collectNames(series);
    }
  }

  /** @returns the number of a layout with the names of the series, or the next number */
  #findLayout(series: number): number {
    const { length, values } = this.#layoutSeries;
    for (let layout = 0; layout < length; layout++)
      if (this.#hasNamesOf(series, values[layout]!)) return layout;
    return length;
  }

  #hasNamesOf(series: number, other: number): boolean {
    const pairs = this.#pairs;
    const { values } = pairs.pairIds;
    const start = pairs.pairStart(series);
    const distance = pairs.pairStart(other) - start;
    const end = pairs.pairEnd(series);
    if (pairs.pairEnd(other) !== end + distance) return false;
    for (let at = start; at < end; at++) {
      if (pairs.nameIdOf(values[at]!) !== pairs.nameIdOf(values[at + distance]!)) return false;
    }
    return true;
  }

  #collectNames(series: number): void {
    const pairs = this.#pairs;
    for (let at = pairs.pairStart(series); at < pairs.pairEnd(series); at++) {
      const name = pairs.nameIdOf(pairs.pairIds.values[at]!);
      if (this.#stringOfName[name] !== -1) continue;
      this.#stringOfName[name] = this.#usedNames.length;
      this.#usedNames.push(name);
      this.#stringBounds.push(pairs.names.start(name));
      this.#stringBounds.push(pairs.names.end(name));
    }
  }

  #collectValues(first: number, end: number): void {
    const pairs = this.#pairs;
    for (let at = pairs.pairStart(first); at < pairs.pairEnd(end - 1); at++) {
      const pair = pairs.pairIds.values[at]!;
      if (this.#stringOfPair[pair] !== -1) continue;
      this.#stringOfPair[pair] = this.#stringBounds.length >>> 1;
      this.#usedPairs.push(pair);
      this.#stringBounds.push(pairs.valueStart(pair));
      this.#stringBounds.push(pairs.pairs.end(pair));
    }
  }

  #write(key: Buffer, first: number, end: number, nameCount: number): Buffer {
    const stringCount = this.#stringBounds.length >>> 1;
    const stringBytes = this.#stringBytes();
    const indexWidth = stringCount <= 0x100 ? 1 : stringCount <= 0x10000 ? 2 : 4;
    const endWidth = stringBytes < 0x10000 ? 2 : 4;
    const rowValues = this.#pairs.pairEnd(end - 1) - this.#pairs.pairStart(first);
    const layoutsAt = LAYOUTS_AT + (end - first) + stringCount * endWidth;
    const rowsAt = layoutsAt + this.#layoutBytes(indexWidth);
    const stringsAt = rowsAt + rowValues * indexWidth;
    const record = Buffer.alloc(stringsAt + stringBytes);
    record.writeUInt8(PAGE_VERSION, 4);
    record.writeUInt8(indexWidth | (endWidth << 4), 5);
    record.writeUInt8(this.#layoutSeries.length, 6);
    record.writeUInt32LE(stringCount, STRING_COUNT_AT);
    this.#writeSeries(record, first, end);
    this.#writeLayouts(record, layoutsAt, indexWidth);
    this.#writeRows(record, rowsAt, indexWidth, first, end);
    this.#writeStrings(record, LAYOUTS_AT + (end - first), endWidth, stringsAt, nameCount);
    return sealUnderKey(key, record);
  }

  #stringBytes(): number {
    const { values, length } = this.#stringBounds;
    let bytes = 0;
    for (let index = 0; index < length; index += 2) bytes += values[index + 1]! - values[index]!;
    return bytes;
  }

  #layoutBytes(indexWidth: number): number {
    let bytes = 0;
    for (let layout = 0; layout < this.#layoutSeries.length; layout++) {
      const series = this.#layoutSeries.values[layout]!;
      bytes += 4 + (this.#pairs.pairEnd(series) - this.#pairs.pairStart(series)) * indexWidth;
    }
    return bytes;
  }

  #writeSeries(record: Buffer, first: number, end: number): void {
    for (let series = first; series < end; series++) {
      const slot = slotOf(this.#pairs.ref(series));
      record[PRESENT_AT + (slot >>> 3)]! |= 1 << (slot & 7);
      record[PRESENT_AT + PRESENT_BYTES + series - first] = this.#layouts.values[series - first]!;
    }
  }

  #writeLayouts(record: Buffer, start: number, indexWidth: number): void {
    const pairs = this.#pairs;
    let position = start;
    for (let layout = 0; layout < this.#layoutSeries.length; layout++) {
      const series = this.#layoutSeries.values[layout]!;
      const pairEnd = pairs.pairEnd(series);
      position = record.writeUInt32LE(pairEnd - pairs.pairStart(series), position);
      for (let at = pairs.pairStart(series); at < pairEnd; at++) {
        const string = this.#stringOfName[pairs.nameIdOf(pairs.pairIds.values[at]!)]!;
        position = record.writeUIntLE(string, position, indexWidth);
      }
    }
  }

  #writeRows(record: Buffer, start: number, indexWidth: number, first: number, end: number): void {
    const pairs = this.#pairs;
    const { values } = pairs.pairIds;
    let position = start;
    for (let at = pairs.pairStart(first); at < pairs.pairEnd(end - 1); at++) {
      const string = this.#stringOfPair[values[at]!]!;
      record[position] = string;
      if (indexWidth > 1) record.writeUIntLE(string, position, indexWidth);
      position += indexWidth;
    }
  }

  #writeStrings(record: Buffer, endsAt: number, endWidth: number, start: number, nameCount: number): void {
    const { values, length } = this.#stringBounds;
    let position = start;
    let endAt = endsAt;
    for (let index = 0; index < length; index += 2) {
      const { arena } = index < 2 * nameCount ? this.#pairs.names : this.#pairs.pairs;
      const end = values[index + 1]!;
      for (let from = values[index]!; from < end; from++) record[position++] = arena[from]!;
      endAt = record.writeUIntLE(position - start, endAt, endWidth);
    }
  }

  #reset(): void {
    for (let index = 0; index < this.#usedPairs.length; index++)
      this.#stringOfPair[this.#usedPairs.values[index]!] = -1;
    for (let index = 0; index < this.#usedNames.length; index++)
      this.#stringOfName[this.#usedNames.values[index]!] = -1;
    for (const column of [
      this.#usedPairs,
      this.#usedNames,
      this.#stringBounds,
      this.#layoutSeries,
      this.#layouts,
    ])
      column.clear();
  }
}
