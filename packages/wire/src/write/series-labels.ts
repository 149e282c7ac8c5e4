// WARM PATH: about 1 µs a series of nine labels, once a series and decoder; write-walk.bench.ts, "new series".
/**
 * The labels of a series that the decoder does not remember, or of an exemplar: read from its message, checked, sorted
 * and written as canonical bytes (docs/format/tsdb.md).
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
import type { LabelRefs } from './label-refs.ts';
import type { SymbolTable } from './symbol-table.ts';

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

/** Words of a label: where its name and value start and end in the request. */
const LABEL_WORDS = 4;
const NAME_START = 0;
const NAME_END = 1;
const VALUE_START = 2;
const VALUE_END = 3;
/** Tags and lengths of one label in canonical bytes. */
const LABEL_OVERHEAD_BYTES_MAX = 16;
const DESCRIBED_LABELS_MAX = 20;
const DESCRIBED_CHARACTERS_MAX = 400;

export class SeriesLabels {
  /** Canonical bytes `[0, canonicalLength)`; valid until the next read. */
  canonical = new Uint8Array(4096);
  canonicalLength = 0;
  /** Why the series was refused: a registered code, or '' when it is fine. */
  refusalCode = '';
  /** What was wrong, for a person. */
  refusalDetail = '';
  /** Of all labels that were read by reference since somebody set it to 0: few bytes can refer to much text. */
  textBytesRead = 0;
  readonly #limits: SeriesLabelLimits;
  readonly #scan: ProtobufScan;
  readonly #needsMetricName: boolean;
  #labels = new Int32Array(64 * LABEL_WORDS);
  #labelCount = 0;
  #canonicalView = new DataView(this.canonical.buffer);

  /** @param needsMetricName whether labels without `__name__` are refused: those of a series, not of an exemplar */
  constructor(limits: SeriesLabelLimits, scan: ProtobufScan, needsMetricName = true) {
    this.#limits = limits;
    this.#scan = scan;
    this.#needsMetricName = needsMetricName;
  }

  /**
   * Reads the labels of the TimeSeries or Exemplar message `[start, end)` of the scanned bytes. On success `canonical`
   * holds them; otherwise `refusalCode` and `refusalDetail` say why not.
   *
   * @throws PromontoryError ERR_PROTOBUF_INVALID when the bytes are not protobuf
   */
  tryRead(start: number, end: number): boolean {
    this.#clear();
    return this.#collect(start, end) && this.#tryFinish();
  }

  /**
   * The same for labels that are references to symbols, which are texts of the scanned bytes.
   *
   * @param refs without fault
   */
  tryReadRefs(refs: LabelRefs, symbols: SymbolTable): boolean {
    this.#clear();
    return this.#collectRefs(refs, symbols) && this.#tryFinish();
  }

  #clear(): void {
    this.refusalCode = '';
    this.canonicalLength = 0;
    this.#labelCount = 0;
  }

  #tryFinish(): boolean {
    this.#sort();
    return this.#check() && this.#writeCanonical();
  }

  /** Adds the canonical labels just read to a fingerprint. */
  addTo(fingerprint: LabelFingerprint): void {
    const { canonical, canonicalLength } = this;
    let position = 0;
    while (position < canonicalLength) {
      let length = canonical[position++]!;
      if (length > 127) {
        length = (length & 127) | (canonical[position++]! << 7);
        if (length > 16_383) length = (length & 16_383) | (canonical[position++]! << 14);
      }
      fingerprint.add(this.#canonicalView, position, position + length);
      position += length;
    }
  }

  /** `{a="b", …}` for error texts; never longer than a line. */
  describe(): string {
    const parts: string[] = [];
    for (let index = 0; index < Math.min(this.#labelCount, DESCRIBED_LABELS_MAX); index++) {
      parts.push(`${this.#nameText(index)}=${JSON.stringify(this.#text(index, VALUE_START))}`);
    }
    const text = parts.join(', ');
    return `{${text.length > DESCRIBED_CHARACTERS_MAX ? `${text.slice(0, DESCRIBED_CHARACTERS_MAX)}…` : text}}`;
  }

  #nameText(label: number): string {
    return this.#text(label, NAME_START);
  }

  /** @param part NAME_START or VALUE_START */
  #text(label: number, part: number): string {
    const start = this.#labels[label * LABEL_WORDS + part]!;
    const end = this.#labels[label * LABEL_WORDS + part + 1]!;
    return Buffer.from(this.#scan.bytes.subarray(start, Math.min(end, start + 200))).toString('utf8');
  }

  /** Ends at the first label beyond the limit, so that sorting stays small whatever was sent. */
  #collect(start: number, end: number): boolean {
    const { labelsMax } = this.#limits;
    const scan = this.#scan;
    scan.position = start;
    while (scan.position < end) {
      const tag = scan.tag(end);
      if (tag !== TAG_LABELS) {
        scan.skip(tag, end);
        continue;
      }
      if (this.#labelCount === labelsMax) return this.#refuseMore();
      this.#collectLabel(scan.contentEnd(end));
    }
    return true;
  }

  #collectRefs(refs: LabelRefs, { starts, ends }: SymbolTable): boolean {
    const { labelsMax } = this.#limits;
    for (let index = 0; index < refs.count; index += 2) {
      if (this.#labelCount === labelsMax) return this.#refuseMore();
      const name = refs.symbols[index]!;
      const value = refs.symbols[index + 1]!;
      const base = this.#addLabel();
      this.#labels[base + NAME_START] = starts[name]!;
      this.#labels[base + NAME_END] = ends[name]!;
      this.#labels[base + VALUE_START] = starts[value]!;
      this.#labels[base + VALUE_END] = ends[value]!;
      this.textBytesRead += ends[name]! - starts[name]! + ends[value]! - starts[value]!;
    }
    return true;
  }

  #refuseMore(): false {
    return this.#refuse(ERR_SERIES_LABELS_MAX, `has more than ${this.#limits.labelsMax} labels`);
  }

  /** @returns where its words are, all 0 */
  #addLabel(): number {
    const base = this.#labelCount++ * LABEL_WORDS;
    if (base + LABEL_WORDS > this.#labels.length) {
      const grown = new Int32Array(this.#labels.length * 2);
      grown.set(this.#labels);
      this.#labels = grown;
    }
    this.#labels.fill(0, base, base + LABEL_WORDS);
    return base;
  }

  #collectLabel(end: number): void {
    const scan = this.#scan;
    const base = this.#addLabel();
    const labels = this.#labels;
    while (scan.position < end) {
      const tag = scan.tag(end);
      if (tag !== TAG_NAME && tag !== TAG_VALUE) {
        scan.skip(tag, end);
        continue;
      }
      const part = tag === TAG_NAME ? NAME_START : VALUE_START;
      const contentEnd = scan.contentEnd(end);
      labels[base + part] = scan.position;
      labels[base + part + 1] = contentEnd;
      scan.position = contentEnd;
    }
  }

  /** By name; senders send labels sorted, so this is one pass as a rule, and the limit bounds what it can cost. */
  #sort(): void {
    const labels = this.#labels;
    for (let index = 1; index < this.#labelCount; index++) {
      let place = index;
      while (place > 0 && this.#compareNames(place - 1, place) > 0) {
        const base = (place - 1) * LABEL_WORDS;
        for (let word = base; word < base + LABEL_WORDS; word++) {
          const swapped = labels[word]!;
          labels[word] = labels[word + LABEL_WORDS]!;
          labels[word + LABEL_WORDS] = swapped;
        }
        place--;
      }
    }
  }

  #compareNames(left: number, right: number): number {
    const bytes = this.#scan.bytes;
    const leftStart = this.#labels[left * LABEL_WORDS + NAME_START]!;
    const rightStart = this.#labels[right * LABEL_WORDS + NAME_START]!;
    const leftLength = this.#labels[left * LABEL_WORDS + NAME_END]! - leftStart;
    const rightLength = this.#labels[right * LABEL_WORDS + NAME_END]! - rightStart;
    const common = leftLength < rightLength ? leftLength : rightLength;
    for (let index = 0; index < common; index++) {
      const difference = bytes[leftStart + index]! - bytes[rightStart + index]!;
      if (difference !== 0) return difference;
    }
    return leftLength - rightLength;
  }

  #check(): boolean {
    let hasMetricName = !this.#needsMetricName;
    for (let index = 0; index < this.#labelCount; index++) {
      if (!this.#checkLabel(index)) return false;
      if (index > 0 && this.#compareNames(index - 1, index) === 0) {
        return this.#refuse(ERR_LABEL_DUPLICATE, `has two labels ${this.#nameText(index)}`);
      }
      hasMetricName ||= this.#isMetricName(index);
    }
    return (
      hasMetricName || this.#refuse(ERR_SERIES_METRIC_NAME_MISSING, 'has no metric name (label __name__)')
    );
  }

  #checkLabel(label: number): boolean {
    const { labelNameBytesMax, labelValueBytesMax } = this.#limits;
    const base = label * LABEL_WORDS;
    const nameBytes = this.#labels[base + NAME_END]! - this.#labels[base + NAME_START]!;
    const valueBytes = this.#labels[base + VALUE_END]! - this.#labels[base + VALUE_START]!;
    if (nameBytes === 0) return this.#refuse(ERR_LABEL_NAME_EMPTY, 'has a label with an empty name');
    if (nameBytes > labelNameBytesMax) {
      const detail = `has a label name of ${nameBytes} bytes, limit ${labelNameBytesMax}`;
      return this.#refuse(ERR_LABEL_NAME_BYTES_MAX, detail);
    }
    if (valueBytes > labelValueBytesMax) {
      const detail = `has a value of ${valueBytes} bytes in label ${this.#nameText(label)}, limit ${labelValueBytesMax}`;
      return this.#refuse(ERR_LABEL_VALUE_BYTES_MAX, detail);
    }
    if (this.#isValidText(base + NAME_START) && this.#isValidText(base + VALUE_START)) return true;
    return this.#refuse(ERR_LABEL_UTF8_INVALID, `has invalid UTF-8 in label ${this.#nameText(label)}`);
  }

  /** @param word where the text's start stands; most texts are ASCII, which needs no call */
  #isValidText(word: number): boolean {
    const bytes = this.#scan.bytes;
    const start = this.#labels[word]!;
    const end = this.#labels[word + 1]!;
    let seen = 0;
    for (let index = start; index < end; index++) seen |= bytes[index]!;
    return seen < 128 || isUtf8(bytes.subarray(start, end));
  }

  #isMetricName(label: number): boolean {
    const base = label * LABEL_WORDS;
    const start = this.#labels[base + NAME_START]!;
    if (this.#labels[base + VALUE_START] === this.#labels[base + VALUE_END]) return false;
    if (this.#labels[base + NAME_END]! - start !== METRIC_NAME_BYTES.length) return false;
    for (let index = 0; index < METRIC_NAME_BYTES.length; index++) {
      if (this.#scan.bytes[start + index] !== METRIC_NAME_BYTES[index]) return false;
    }
    return true;
  }

  #refuse(code: string, detail: string): false {
    this.refusalCode = code;
    this.refusalDetail = detail;
    return false;
  }

  #writeCanonical(): true {
    const labels = this.#labels;
    for (let base = 0; base < this.#labelCount * LABEL_WORDS; base += LABEL_WORDS) {
      const nameLength = labels[base + NAME_END]! - labels[base + NAME_START]!;
      const valueLength = labels[base + VALUE_END]! - labels[base + VALUE_START]!;
      if (valueLength === 0) continue;
      const messageLength = 2 + varintSize(nameLength) + nameLength + varintSize(valueLength) + valueLength;
      this.#reserve(messageLength + LABEL_OVERHEAD_BYTES_MAX);
      this.#writeVarint(messageLength);
      this.canonical[this.canonicalLength++] = TAG_NAME;
      this.#writeVarint(nameLength);
      this.#copy(labels[base + NAME_START]!, labels[base + NAME_END]!);
      this.canonical[this.canonicalLength++] = TAG_VALUE;
      this.#writeVarint(valueLength);
      this.#copy(labels[base + VALUE_START]!, labels[base + VALUE_END]!);
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

  #copy(start: number, end: number): void {
    const { canonical } = this;
    const bytes = this.#scan.bytes;
    let target = this.canonicalLength;
    for (let index = start; index < end; index++) canonical[target++] = bytes[index]!;
    this.canonicalLength = target;
  }
}

function varintSize(value: number): number {
  if (value < 1 << 7) return 1;
  if (value < 1 << 14) return 2;
  return value < 1 << 21 ? 3 : 4;
}
