// HOT PATH: about 2 ns a reference, no allocation; write-walk.bench.ts.
/** Labels as remote write 2.0 has them: references to symbols, name and value in turn. */
import { type ProtobufScan, WIRE_LENGTH_DELIMITED, WIRE_VARINT } from '../protobuf-scan.ts';
import type { SymbolTable } from './symbol-table.ts';

/** Field 1 of TimeSeries and Exemplar alike, as every sender has it, and as protobuf allows it, too. */
const TAG_PACKED = (1 << 3) | WIRE_LENGTH_DELIMITED;
const TAG_SINGLE = (1 << 3) | WIRE_VARINT;
/** More are counted and not kept. */
const REFS_MAX = 1 << 13;

export class LabelRefs {
  /** Numbers of symbols, `[0, count)`. */
  readonly symbols = new Int32Array(REFS_MAX);
  /** Their ids, for those that are there. */
  readonly ids = new Int32Array(REFS_MAX);
  readonly idsView = new DataView(this.ids.buffer);
  count = 0;
  readonly #table: SymbolTable;
  /** The first that is not there, -1 for none. */
  #missing = -1;

  constructor(table: SymbolTable) {
    this.#table = table;
  }

  clear(): void {
    this.count = 0;
    this.#missing = -1;
  }

  /**
   * Reads the field whose tag was just read, if it is one of references.
   *
   * @returns false for another field, of which nothing is read
   */
  tryRead(tag: number, scan: ProtobufScan, end: number): boolean {
    if (tag === TAG_PACKED) this.readPacked(scan, scan.contentEnd(end));
    else if (tag === TAG_SINGLE) this.#add(scan.varint32(end));
    else return false;
    return true;
  }

  /** @returns what is wrong with the references, '' for nothing */
  findFault(): string {
    const { count } = this;
    if (count > REFS_MAX) return `has ${count} references to symbols, limit ${REFS_MAX}`;
    if (this.#missing >= 0) return `refers to symbol ${this.#missing} of ${this.#table.count}`;
    return (count & 1) === 0 ? '' : `has ${count} references to symbols, want pairs of name and value`;
  }

  /** Reads packed references from the scan's position to `end`. */
  readPacked(scan: ProtobufScan, end: number): void {
    const { bytes } = scan;
    const { symbols, ids } = this;
    const { ids: idOf, count: symbolCount } = this.#table;
    let position = scan.position;
    let count = this.count;
    // Three bytes hold a reference to any of two million symbols.
    while (position + 2 < end && count < REFS_MAX) {
      let ref = bytes[position]!;
      let length = 1;
      if (ref > 127) {
        const second = bytes[position + 1]!;
        ref = (ref & 127) | ((second & 127) << 7);
        length = 2;
        if (second > 127) {
          const third = bytes[position + 2]!;
          if (third > 127) break;
          ref |= third << 14;
          length = 3;
        }
      }
      if (ref >= symbolCount) break;
      position += length;
      symbols[count] = ref;
      ids[count++] = idOf[ref]!;
    }
    this.count = count;
    scan.position = position;
    while (scan.position < end) this.#add(scan.varint32(end));
  }

  #add(symbol: number): void {
    const { count } = this;
    this.count = count + 1;
    if (symbol >= this.#table.count) {
      if (this.#missing < 0) this.#missing = symbol;
    } else if (count < REFS_MAX) {
      this.symbols[count] = symbol;
      this.ids[count] = this.#table.ids[symbol]!;
    }
  }
}
