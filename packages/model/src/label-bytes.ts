/**
 * The canonical bytes of a label set: what identifies a series on disk and what its fingerprint hashes.
 *
 * One message a label, sorted by name bytes, names unique, no empty values:
 *
 *   varint messageLength | 0x0a varint nameLength name | 0x12 varint valueLength value
 *
 * which is the Label message of remote write as every sender encodes it, so that label bytes go from the
 * wire to disk by copying. Text is UTF-8, checked before it gets here.
 */
import { assert } from '@promontory/base';
import { Labels } from './labels.ts';

const NAME_TAG = 0x0a;
const VALUE_TAG = 0x12;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** @returns owned bytes */
export function encodeLabelBytes(labels: Labels): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const [name, value] of labels.entries()) parts.push(encodeLabelMessage(name, value));
  return concatenate(parts);
}

function encodeLabelMessage(name: string, value: string): Uint8Array {
  const nameBytes = encoder.encode(name);
  const valueBytes = encoder.encode(value);
  const body = [
    Uint8Array.of(NAME_TAG, ...varint(nameBytes.length)),
    nameBytes,
    Uint8Array.of(VALUE_TAG, ...varint(valueBytes.length)),
    valueBytes,
  ];
  const bodyLength = body.reduce((sum, part) => sum + part.length, 0);
  return concatenate([Uint8Array.from(varint(bodyLength)), ...body]);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest & 127) | 128);
    rest >>>= 7;
  }
  bytes.push(rest);
  return bytes;
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** Where the parts of one label lie; offsets into the walked bytes. */
export interface LabelSpan {
  messageStart: number;
  nameStart: number;
  nameEnd: number;
  valueStart: number;
  /** Also the end of the message. */
  valueEnd: number;
}

/**
 * Walks canonical bytes, label by label, without making strings.
 *
 * @param visit called with one reused span
 * @throws InvariantError when the bytes are not canonical: they were checked when they were stored
 */
export function walkLabelBytes(
  bytes: Uint8Array,
  start: number,
  end: number,
  visit: (span: LabelSpan) => void,
): void {
  const span: LabelSpan = { messageStart: 0, nameStart: 0, nameEnd: 0, valueStart: 0, valueEnd: 0 };
  let position = start;
  while (position < end) {
    span.messageStart = skipVarint(bytes, position);
    assert(bytes[span.messageStart] === NAME_TAG, 'label bytes: name tag missing', { position });
    span.nameStart = skipVarint(bytes, span.messageStart + 1);
    span.nameEnd = span.nameStart + readVarint(bytes, span.messageStart + 1);
    assert(bytes[span.nameEnd] === VALUE_TAG, 'label bytes: value tag missing', { position });
    span.valueStart = skipVarint(bytes, span.nameEnd + 1);
    span.valueEnd = span.valueStart + readVarint(bytes, span.nameEnd + 1);
    assert(span.valueEnd <= end, 'label bytes: label runs past the end', { position });
    visit(span);
    position = span.valueEnd;
  }
}

/** @throws InvariantError as walkLabelBytes */
export function decodeLabelBytes(bytes: Uint8Array): Labels {
  const pairs: string[] = [];
  walkLabelBytes(bytes, 0, bytes.length, (span) => {
    pairs.push(
      decoder.decode(bytes.subarray(span.nameStart, span.nameEnd)),
      decoder.decode(bytes.subarray(span.valueStart, span.valueEnd)),
    );
  });
  return Labels.fromSortedPairs(pairs);
}

function readVarint(bytes: Uint8Array, start: number): number {
  let value = 0;
  for (let index = start, shift = 0; shift < 35; index++, shift += 7) {
    const byte = bytes[index] ?? 0;
    value |= (byte & 127) << shift;
    if (byte < 128) break;
  }
  return value >>> 0;
}

function skipVarint(bytes: Uint8Array, start: number): number {
  let index = start;
  while ((bytes[index] ?? 0) >= 128) index++;
  return index + 1;
}
