/**
 * Labels that are there as objects, as the bytes that a sender of remote write would have sent: the repeated field 1 of a
 * TimeSeries or Exemplar message. What reads labels from requests reads them from here, so that there is one set of
 * rules for all.
 */
import type { Labels } from '@promontory/model';
import { WIRE_LENGTH_DELIMITED } from '../protobuf-scan.ts';

const TAG_LABEL = (1 << 3) | WIRE_LENGTH_DELIMITED;
const TAG_NAME = (1 << 3) | WIRE_LENGTH_DELIMITED;
const TAG_VALUE = (2 << 3) | WIRE_LENGTH_DELIMITED;
const BYTES_INITIAL = 4096;
/** Of a label: three tags, and three lengths of at most five bytes. */
const OVERHEAD_BYTES_MAX = 18;

export class LabelMessages {
  /** Valid up to what `write` returned, until it is called again, which may move them. */
  bytes: Buffer = Buffer.alloc(BYTES_INITIAL);
  view: DataView = viewOf(this.bytes);
  #end = 0;

  /**
   * Half of a surrogate pair, which UTF-8 cannot hold, becomes U+FFFD.
   *
   * @param charactersMax of a text: the rest is not written, so that labels that will be refused cost no more than others
   * @returns where the bytes of these labels end
   */
  write(labels: Labels, charactersMax: number): number {
    this.#end = 0;
    const { pairs } = labels;
    for (let index = 0; index < pairs.length; index += 2) {
      this.#writeLabel(cut(pairs[index]!, charactersMax), cut(pairs[index + 1]!, charactersMax));
    }
    return this.#end;
  }

  #writeLabel(name: string, value: string): void {
    const nameBytes = Buffer.byteLength(name, 'utf8');
    const valueBytes = Buffer.byteLength(value, 'utf8');
    this.#reserve(nameBytes + valueBytes + OVERHEAD_BYTES_MAX);
    this.#writeTag(TAG_LABEL, 2 + varintBytes(nameBytes) + nameBytes + varintBytes(valueBytes) + valueBytes);
    this.#writeTag(TAG_NAME, nameBytes);
    this.#end += this.bytes.write(name, this.#end, 'utf8');
    this.#writeTag(TAG_VALUE, valueBytes);
    this.#end += this.bytes.write(value, this.#end, 'utf8');
  }

  #writeTag(tag: number, length: number): void {
    const { bytes } = this;
    bytes[this.#end++] = tag;
    let rest = length;
    for (; rest > 127; rest >>>= 7) bytes[this.#end++] = (rest & 127) | 128;
    bytes[this.#end++] = rest;
  }

  #reserve(extraBytes: number): void {
    const wanted = this.#end + extraBytes;
    if (wanted <= this.bytes.length) return;
    const grown = Buffer.alloc(Math.max(2 * this.bytes.length, wanted));
    this.bytes.copy(grown, 0, 0, this.#end);
    this.bytes = grown;
    this.view = viewOf(grown);
  }
}

function cut(text: string, charactersMax: number): string {
  return text.length > charactersMax ? text.slice(0, charactersMax) : text;
}

function viewOf({ buffer, byteOffset, byteLength }: Buffer): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest > 127; rest >>>= 7) bytes++;
  return bytes;
}
