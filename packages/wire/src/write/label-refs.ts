// HOT PATH: about 1 ns a reference, no allocation; write-walk.bench.ts.
/** Labels as remote write 2.0 has them: references to symbols, name and value in turn. */
import { type ProtobufScan, WIRE_LENGTH_DELIMITED, WIRE_VARINT } from '../protobuf-scan.ts';

/** Field 1 of TimeSeries and Exemplar alike, as every sender has it, and as protobuf allows it, too. */
const TAG_PACKED = (1 << 3) | WIRE_LENGTH_DELIMITED;
const TAG_SINGLE = (1 << 3) | WIRE_VARINT;

/** More are counted and not kept. */
const REFS_MAX = 1 << 13;

export class LabelRefs {
  /** `[0, count)`. */
  symbols = new Int32Array(128);
  count = 0;

  clear(): void {
    this.count = 0;
  }

  /**
   * Reads the field whose tag was just read, if it is one of references.
   *
   * @returns false for another field, of which nothing is read
   */
  tryRead(tag: number, scan: ProtobufScan, end: number): boolean {
    if (tag === TAG_PACKED) this.#readPacked(scan, scan.contentEnd(end));
    else if (tag === TAG_SINGLE) this.#readOne(scan, end);
    else return false;
    return true;
  }

  #readPacked(scan: ProtobufScan, end: number): void {
    const { bytes } = scan;
    let position = scan.position;
    // Three bytes hold a reference to any of two million symbols.
    while (position + 2 < end) {
      const first = bytes[position]!;
      const second = bytes[position + 1]!;
      const third = bytes[position + 2]!;
      if (first < 128) {
        position++;
        this.#add(first);
      } else if (second < 128) {
        position += 2;
        this.#add((first & 127) | (second << 7));
      } else if (third < 128) {
        position += 3;
        this.#add((first & 127) | ((second & 127) << 7) | (third << 14));
      } else break;
    }
    scan.position = position;
    while (scan.position < end) this.#readOne(scan, end);
  }

  #readOne(scan: ProtobufScan, end: number): void {
    this.#add(scan.varint32(end));
  }

  #add(symbol: number): void {
    if (this.count >= this.symbols.length && this.count < REFS_MAX) this.#grow();
    // Beyond the end it is not kept.
    this.symbols[this.count++] = symbol;
  }

  /** @returns what is wrong with the references, '' for nothing */
  findFault(symbolCount: number): string {
    const { symbols, count } = this;
    if (count > REFS_MAX) return `has ${count} references to symbols, limit ${REFS_MAX}`;
    for (let index = 0; index < count; index++) {
      // As unsigned: references of 2^31 and more are negative here.
      if (symbols[index]! >>> 0 >= symbolCount) {
        return `refers to symbol ${symbols[index]! >>> 0} of ${symbolCount}`;
      }
    }
    return (count & 1) === 0 ? '' : `has ${count} references to symbols, want pairs of name and value`;
  }

  #grow(): void {
    const larger = new Int32Array(this.symbols.length * 2);
    larger.set(this.symbols);
    this.symbols = larger;
  }
}
