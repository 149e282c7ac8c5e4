/**
 * The labels of a series that the store does not know yet: read from its TimeSeries message, checked, sorted
 * and written as canonical bytes (docs/format/tsdb.md). Runs once a series, not once a sample.
 */
import { isUtf8 } from 'node:buffer';
import type { LabelFingerprint } from '@promontory/model';
import {
  ERR_LABEL_DUPLICATE,
  ERR_LABEL_NAME_BYTES_MAX,
  ERR_LABEL_NAME_EMPTY,
  ERR_LABEL_UTF8_INVALID,
  ERR_LABEL_VALUE_BYTES_MAX,
  ERR_SERIES_LABELS_MAX,
  ERR_SERIES_METRIC_NAME_MISSING,
} from '../error-codes.ts';
import { type ProtobufScan, WIRE_LENGTH_DELIMITED } from '../protobuf-scan.ts';

export interface SeriesLabelLimits {
  readonly labelsMax: number;
  readonly labelNameBytesMax: number;
  readonly labelValueBytesMax: number;
}

export const DEFAULT_SERIES_LABEL_LIMITS: SeriesLabelLimits = {
  labelsMax: 64,
  labelNameBytesMax: 512,
  labelValueBytesMax: 4096,
};

const TAG_LABELS = (1 << 3) | WIRE_LENGTH_DELIMITED;
const TAG_NAME = (1 << 3) | WIRE_LENGTH_DELIMITED;
const TAG_VALUE = (2 << 3) | WIRE_LENGTH_DELIMITED;
const METRIC_NAME_BYTES = new TextEncoder().encode('__name__');

/** Offsets of one label's parts in the request body. */
interface LabelOffsets {
  nameStart: number;
  nameEnd: number;
  valueStart: number;
  valueEnd: number;
}

export class SeriesLabels {
  /** Canonical bytes `[0, canonicalLength)`; valid until the next read. */
  canonical = new Uint8Array(4096);
  canonicalLength = 0;
  /** Why the series was refused: a registered code, or '' when it is fine. */
  refusalCode = '';
  /** What was wrong, for a person. */
  refusalDetail = '';
  readonly #limits: SeriesLabelLimits;
  readonly #scan: ProtobufScan;
  #labels: LabelOffsets[] = [];
  #canonicalView = new DataView(this.canonical.buffer);

  constructor(limits: SeriesLabelLimits, scan: ProtobufScan) {
    this.#limits = limits;
    this.#scan = scan;
  }

  /**
   * Reads the labels of the TimeSeries message `[start, end)` of the scanned bytes. On success `canonical`
   * holds them; otherwise `refusalCode` and `refusalDetail` say why not.
   *
   * @throws PromontoryError ERR_PROTOBUF_INVALID when the bytes are not protobuf
   */
  tryRead(start: number, end: number): boolean {
    this.refusalCode = '';
    this.canonicalLength = 0;
    this.#collect(start, end);
    this.#labels.sort((left, right) => this.#compareNames(left, right));
    return this.#check() && this.#writeCanonical();
  }

  /** Adds the canonical labels just read to a fingerprint. */
  addTo(fingerprint: LabelFingerprint): void {
    let position = 0;
    while (position < this.canonicalLength) {
      let length = 0;
      let shift = 0;
      let byte = 128;
      while (byte >= 128) {
        byte = this.canonical[position++] ?? 0;
        length |= (byte & 127) << shift;
        shift += 7;
      }
      fingerprint.add(this.#canonicalView, position, position + length);
      position += length;
    }
  }

  /** `{a="b", …}` in the order sent, for error texts; never longer than a line. */
  describe(): string {
    const text = this.#labels
      .slice(0, 20)
      .map(
        (label) =>
          `${this.#text(label.nameStart, label.nameEnd)}=${JSON.stringify(this.#text(label.valueStart, label.valueEnd))}`,
      )
      .join(', ');
    return `{${text.length > 400 ? `${text.slice(0, 400)}…` : text}}`;
  }

  #text(start: number, end: number): string {
    return Buffer.from(this.#scan.bytes.subarray(start, Math.min(end, start + 200))).toString('utf8');
  }

  #collect(start: number, end: number): void {
    const scan = this.#scan;
    this.#labels = [];
    scan.position = start;
    while (scan.position < end) {
      const tag = scan.tag(end);
      if (tag === TAG_LABELS) this.#collectLabel(scan.contentEnd(end));
      else scan.skip(tag, end);
    }
  }

  #collectLabel(end: number): void {
    const scan = this.#scan;
    const label: LabelOffsets = { nameStart: 0, nameEnd: 0, valueStart: 0, valueEnd: 0 };
    while (scan.position < end) {
      const tag = scan.tag(end);
      if (tag === TAG_NAME) {
        label.nameEnd = scan.contentEnd(end);
        label.nameStart = scan.position;
        scan.position = label.nameEnd;
      } else if (tag === TAG_VALUE) {
        label.valueEnd = scan.contentEnd(end);
        label.valueStart = scan.position;
        scan.position = label.valueEnd;
      } else {
        scan.skip(tag, end);
      }
    }
    this.#labels.push(label);
  }

  #compareNames(left: LabelOffsets, right: LabelOffsets): number {
    const bytes = this.#scan.bytes;
    const leftLength = left.nameEnd - left.nameStart;
    const rightLength = right.nameEnd - right.nameStart;
    const common = Math.min(leftLength, rightLength);
    for (let index = 0; index < common; index++) {
      const difference = (bytes[left.nameStart + index] ?? 0) - (bytes[right.nameStart + index] ?? 0);
      if (difference !== 0) return difference;
    }
    return leftLength - rightLength;
  }

  #check(): boolean {
    const { labelsMax } = this.#limits;
    if (this.#labels.length > labelsMax) {
      return this.#refuse(ERR_SERIES_LABELS_MAX, `has ${this.#labels.length} labels, limit ${labelsMax}`);
    }
    for (const [index, label] of this.#labels.entries()) {
      if (!this.#checkLabel(label)) return false;
      const previous = this.#labels[index - 1];
      if (previous !== undefined && this.#compareNames(previous, label) === 0) {
        return this.#refuse(
          ERR_LABEL_DUPLICATE,
          `has two labels ${this.#text(label.nameStart, label.nameEnd)}`,
        );
      }
    }
    if (!this.#labels.some((label) => this.#isMetricName(label))) {
      return this.#refuse(ERR_SERIES_METRIC_NAME_MISSING, 'has no metric name (label __name__)');
    }
    return true;
  }

  #checkLabel(label: LabelOffsets): boolean {
    const { labelNameBytesMax, labelValueBytesMax } = this.#limits;
    const bytes = this.#scan.bytes;
    const nameBytes = label.nameEnd - label.nameStart;
    const valueBytes = label.valueEnd - label.valueStart;
    if (nameBytes === 0) return this.#refuse(ERR_LABEL_NAME_EMPTY, 'has a label with an empty name');
    if (nameBytes > labelNameBytesMax) {
      return this.#refuse(
        ERR_LABEL_NAME_BYTES_MAX,
        `has a label name of ${nameBytes} bytes, limit ${labelNameBytesMax}`,
      );
    }
    const name = this.#text(label.nameStart, label.nameEnd);
    if (valueBytes > labelValueBytesMax) {
      return this.#refuse(
        ERR_LABEL_VALUE_BYTES_MAX,
        `has a value of ${valueBytes} bytes in label ${name}, limit ${labelValueBytesMax}`,
      );
    }
    const valid =
      isUtf8(bytes.subarray(label.nameStart, label.nameEnd)) &&
      isUtf8(bytes.subarray(label.valueStart, label.valueEnd));
    return valid || this.#refuse(ERR_LABEL_UTF8_INVALID, `has invalid UTF-8 in label ${name}`);
  }

  #isMetricName(label: LabelOffsets): boolean {
    if (label.valueEnd === label.valueStart) return false;
    if (label.nameEnd - label.nameStart !== METRIC_NAME_BYTES.length) return false;
    return METRIC_NAME_BYTES.every((byte, index) => this.#scan.bytes[label.nameStart + index] === byte);
  }

  #refuse(code: string, detail: string): false {
    this.refusalCode = code;
    this.refusalDetail = detail;
    return false;
  }

  #writeCanonical(): true {
    const bytes = this.#scan.bytes;
    for (const { nameStart, nameEnd, valueStart, valueEnd } of this.#labels) {
      if (valueEnd === valueStart) continue;
      const nameLength = nameEnd - nameStart;
      const valueLength = valueEnd - valueStart;
      const messageLength = 2 + varintSize(nameLength) + nameLength + varintSize(valueLength) + valueLength;
      this.#reserve(messageLength + 5);
      this.#writeVarint(messageLength);
      this.canonical[this.canonicalLength++] = TAG_NAME;
      this.#writeVarint(nameLength);
      this.#copy(bytes, nameStart, nameEnd);
      this.canonical[this.canonicalLength++] = TAG_VALUE;
      this.#writeVarint(valueLength);
      this.#copy(bytes, valueStart, valueEnd);
    }
    return true;
  }

  #reserve(extraBytes: number): void {
    if (this.canonicalLength + extraBytes <= this.canonical.length) return;
    const grown = new Uint8Array(Math.max(this.canonical.length * 2, this.canonicalLength + extraBytes));
    grown.set(this.canonical.subarray(0, this.canonicalLength));
    this.canonical = grown;
    this.#canonicalView = new DataView(grown.buffer);
  }

  #writeVarint(value: number): void {
    let rest = value;
    while (rest > 127) {
      this.canonical[this.canonicalLength++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.canonical[this.canonicalLength++] = rest;
  }

  #copy(source: Uint8Array, start: number, end: number): void {
    for (let index = start; index < end; index++) this.canonical[this.canonicalLength++] = source[index] ?? 0;
  }
}

function varintSize(value: number): number {
  if (value < 1 << 7) return 1;
  if (value < 1 << 14) return 2;
  return value < 1 << 21 ? 3 : 4;
}
