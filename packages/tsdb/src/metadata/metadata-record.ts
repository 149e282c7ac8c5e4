/**
 * Metadata of metrics on disk (docs/format/tsdb.md, `metadata`).
 *
 *   key:    metric name, escaped as in postings | digest, 8 bytes of SHA-256 over the three texts
 *   value:  crc32 u32 of key and value | version u8 | reported f64 ms | three texts: length u16, UTF-8: type, unit, help
 */
import { createHash } from 'node:crypto';
import { PromontoryError } from '@promontory/base';
import { METRIC_TYPES, type MetricMetadata, type MetricType } from '@promontory/model';
import { ERR_METADATA_INVALID, ERR_STORE_CORRUPT, ERR_STORE_FORMAT_VERSION } from '../error-codes.ts';
import { sealUnderKey } from '../store/checksum.ts';
import { readTextKeyPart, textKeyPart } from '../store/keys.ts';

const VERSION = 1;
const TEXTS_AT = 13;
const DIGEST_BYTES = 8;
/** A metric name is a key: LMDB bounds it, and a byte may take two. */
const METRIC_NAME_BYTES_MAX = 900;
const UNIT_BYTES_MAX = 256;
const HELP_BYTES_MAX = 16_384;

const KNOWN_TYPES: ReadonlySet<string> = new Set(METRIC_TYPES);

/** @throws PromontoryError ERR_METADATA_INVALID (bad-data) */
export function checkMetadata(metricName: string, metadata: MetricMetadata): void {
  const fault = findMetadataFault(metricName, metadata);
  if (fault === '') return;
  throw new PromontoryError(`cannot store metadata: ${fault}`, {
    code: ERR_METADATA_INVALID,
    kind: 'bad-data',
  });
}

/** @returns what is wrong with it, '' for nothing */
export function findMetadataFault(metricName: string, metadata: MetricMetadata): string {
  const bounds: readonly [what: string, text: string, bytesMax: number][] = [
    ['metric name', metricName, METRIC_NAME_BYTES_MAX],
    ['unit', metadata.unit, UNIT_BYTES_MAX],
    ['help', metadata.help, HELP_BYTES_MAX],
  ];
  for (const [what, text, bytesMax] of bounds) {
    const bytes = Buffer.byteLength(text);
    if (bytes > bytesMax) return `its ${what} has ${bytes} bytes, limit ${bytesMax}`;
    if (!text.isWellFormed()) return `its ${what} holds half of a surrogate pair`;
  }
  if (metricName === '') return 'it has no metric name';
  if (!KNOWN_TYPES.has(metadata.type)) return `type ${JSON.stringify(metadata.type)} is not known`;
  return '';
}

export function metadataKey(metricName: string, metadata: MetricMetadata): Buffer {
  const text = JSON.stringify([metadata.type, metadata.unit, metadata.help]);
  const digest = createHash('sha256').update(text).digest().subarray(0, DIGEST_BYTES);
  return Buffer.concat([textKeyPart(metricName), digest]);
}

export function metricNameOfKey(key: Buffer): string {
  return readTextKeyPart(key, 0).text ?? '';
}

/**
 * @param key of the record
 * @param reportedMs when a writer last said so
 */
export function encodeMetadata(key: Buffer, metadata: MetricMetadata, reportedMs: number): Buffer {
  const texts = [metadata.type, metadata.unit, metadata.help].map((text) => Buffer.from(text));
  const record = Buffer.alloc(texts.reduce((bytes, text) => bytes + 2 + text.length, TEXTS_AT));
  record.writeUInt8(VERSION, 4);
  record.writeDoubleLE(reportedMs, 5);
  let end = TEXTS_AT;
  for (const text of texts) {
    record.writeUInt16LE(text.length, end);
    text.copy(record, end + 2);
    end += 2 + text.length;
  }
  return sealUnderKey(key, record);
}

export interface StoredMetadata {
  readonly metadata: MetricMetadata;
  readonly reportedMs: number;
}

/**
 * @param record intact
 * @throws PromontoryError ERR_STORE_FORMAT_VERSION, ERR_STORE_CORRUPT
 */
export function decodeMetadata(record: Buffer): StoredMetadata {
  const version = record.readUInt8(4);
  if (version !== VERSION) {
    throw new PromontoryError(`cannot read metadata: record version ${version}, want ${VERSION}`, {
      code: ERR_STORE_FORMAT_VERSION,
      kind: 'corrupt',
    });
  }
  let end = TEXTS_AT;
  const readText = (): string => {
    const start = end + 2;
    end = start + record.readUInt16LE(end);
    return record.toString('utf8', start, end);
  };
  const [type, unit, help] = [readText(), readText(), readText()];
  if (!isMetricType(type)) {
    throw new PromontoryError(`cannot read metadata: type ${JSON.stringify(type)}`, {
      code: ERR_STORE_CORRUPT,
      kind: 'corrupt',
    });
  }
  return { metadata: { type, unit, help }, reportedMs: record.readDoubleLE(5) };
}

function isMetricType(text: string): text is MetricType {
  return KNOWN_TYPES.has(text);
}
