/**
 * Exemplars on disk (docs/format/tsdb.md, `exemplars`).
 *
 *   key:    timestamp u48 ms | ref u32 | digest u32 of value and labels         big endian
 *   value:  crc32 u32 of key and value | version u8 | value f64 | label bytes
 *
 * Keys lead with time: new ones go to the end of the table, the oldest are taken from its start. The digest
 * tells exemplars of one series and moment apart and makes storing the same one twice harmless.
 */
import { crc32 } from 'node:zlib';
import { PromontoryError } from '@promontory/base';
import { decodeLabelBytes, encodeLabelBytes, Labels } from '@promontory/model';
import { ERR_EXEMPLAR_INVALID, ERR_STORE_FORMAT_VERSION } from '../error-codes.ts';
import { sealUnderKey } from '../store/checksum.ts';
import { KEY_END } from '../store/keys.ts';

const VERSION = 1;
const LABELS_AT = 13;
const TIMESTAMP_MAX_MS = 2 ** 48 - 1;
/** The bound that OpenMetrics sets on the characters of an exemplar's label names and values together. */
const EXEMPLAR_LABEL_CHARACTERS_MAX = 128;

/** A sample with labels that say more about it, such as a trace. */
export interface Exemplar {
  readonly labels: Labels;
  readonly value: number;
  /** Integer milliseconds since the epoch, not negative. */
  readonly timestampMs: number;
}

/** @throws PromontoryError ERR_EXEMPLAR_INVALID (bad-data) */
export function checkExemplar(exemplar: Exemplar): void {
  const fault = findExemplarFault(exemplar);
  if (fault === '') return;
  throw new PromontoryError(`cannot store exemplar: ${fault}`, {
    code: ERR_EXEMPLAR_INVALID,
    kind: 'bad-data',
  });
}

/** @returns what is wrong with it, '' for nothing */
export function findExemplarFault(exemplar: Exemplar): string {
  const { labels, timestampMs } = exemplar;
  let characters = 0;
  for (const [name, value] of labels.entries()) {
    if (!name.isWellFormed() || !value.isWellFormed())
      return `its label ${JSON.stringify(name)} holds half of a surrogate pair`;
    characters += countCharacters(name) + countCharacters(value);
  }
  if (characters > EXEMPLAR_LABEL_CHARACTERS_MAX)
    return `its labels have ${characters} characters, limit ${EXEMPLAR_LABEL_CHARACTERS_MAX}`;
  if (!Number.isInteger(timestampMs) || timestampMs < 0 || timestampMs > TIMESTAMP_MAX_MS)
    return `timestamp ${timestampMs}, want whole milliseconds from 0 to ${TIMESTAMP_MAX_MS}`;
  return '';
}

/** @param exemplar checked */
export function encodeExemplar(ref: number, exemplar: Exemplar): { key: Buffer; record: Buffer } {
  const labelBytes = encodeLabelBytes(exemplar.labels);
  const record = Buffer.allocUnsafe(LABELS_AT + labelBytes.length);
  record.writeUInt8(VERSION, 4);
  record.writeDoubleLE(exemplar.value, 5);
  record.set(labelBytes, LABELS_AT);
  const key = exemplarKey(exemplar.timestampMs, ref, crc32(record.subarray(5)));
  return { key, record: sealUnderKey(key, record) };
}

/** The least key at or after a time, which may be any; above all keys when there is none. */
export function exemplarKeyFrom(timestampMs: number): Buffer {
  return timestampMs > TIMESTAMP_MAX_MS ? KEY_END : exemplarKey(Math.max(0, Math.ceil(timestampMs)), 0, 0);
}

/** @param timestampMs as an exemplar may have it */
export function exemplarKey(timestampMs: number, ref: number, digest: number): Buffer {
  const key = Buffer.allocUnsafe(14);
  key.writeUIntBE(timestampMs, 0, 6);
  key.writeUInt32BE(ref, 6);
  key.writeUInt32BE(digest, 10);
  return key;
}

export function refOfExemplarKey(key: Buffer): number {
  return key.readUInt32BE(6);
}

/**
 * @param record intact
 * @throws PromontoryError ERR_STORE_FORMAT_VERSION
 */
export function decodeExemplar(key: Buffer, record: Buffer): Exemplar {
  const version = record.readUInt8(4);
  if (version !== VERSION) {
    throw new PromontoryError(`cannot read exemplar: record version ${version}, want ${VERSION}`, {
      code: ERR_STORE_FORMAT_VERSION,
      kind: 'corrupt',
    });
  }
  return {
    timestampMs: key.readUIntBE(0, 6),
    value: record.readDoubleLE(5),
    labels: record.length === LABELS_AT ? Labels.empty : decodeLabelBytes(record.subarray(LABELS_AT)),
  };
}

function countCharacters(text: string): number {
  return Array.from(text).length;
}
