/**
 * Encoding of `access-keys.json`; docs/format/access-keys.md describes the record. Reading checks the
 * format, the version, the checksum, and every field, in this order.
 */
import { createHash } from 'node:crypto';
import { errorMessage, PromontoryError } from '@promontory/base';
import type { AccessKey, AccountId } from './access-key.ts';
import { ERR_ACCESS_KEYS_CORRUPT, ERR_ACCESS_KEYS_VERSION } from './error-codes.ts';
import { isAccessKeyId, isAccountId } from './key-generation.ts';

const FORMAT = 'promontory-access-keys';
const VERSION = 1;

export interface StoredAccessKey extends AccessKey {
  readonly encryptedSecret: string;
}

export interface AccessKeysContent {
  readonly secretKeyFingerprint: string;
  readonly defaultAccountId: AccountId;
  readonly accessKeys: readonly StoredAccessKey[];
}

export function encodeAccessKeys(content: AccessKeysContent): Uint8Array {
  const checksum = checksumOf(content);
  return Buffer.from(`${JSON.stringify({ format: FORMAT, version: VERSION, checksum, content }, null, 2)}\n`);
}

/** @throws PromontoryError ERR_ACCESS_KEYS_CORRUPT, ERR_ACCESS_KEYS_VERSION */
export function decodeAccessKeys(bytes: Uint8Array): AccessKeysContent {
  const file = asRecord(parseJson(bytes), 'the file');
  if (file['format'] !== FORMAT) throw corrupt(`it is not a file of access keys; want format ${FORMAT}`);
  if (file['version'] !== VERSION) throw unknownVersion(file['version']);
  const content = asRecord(file['content'], 'content');
  if (file['checksum'] !== checksumOf(content)) throw corrupt('its checksum does not match');
  const accessKeys = content['accessKeys'];
  if (!Array.isArray(accessKeys)) throw corrupt('accessKeys is no list');
  return {
    secretKeyFingerprint: readText(content, 'secretKeyFingerprint'),
    defaultAccountId: readAccountId(content, 'defaultAccountId'),
    accessKeys: accessKeys.map((record) => decodeAccessKey(asRecord(record, 'an access key'))),
  };
}

function decodeAccessKey(record: Readonly<Record<string, unknown>>): StoredAccessKey {
  const accessKeyId = readText(record, 'accessKeyId');
  if (!isAccessKeyId(accessKeyId)) throw corrupt('accessKeyId is none');
  const status = record['status'];
  if (status !== 'active' && status !== 'inactive') throw corrupt('status is neither active nor inactive');
  const createdAtMs = record['createdAtMs'];
  if (!Number.isSafeInteger(createdAtMs)) throw corrupt('createdAtMs is no integer');
  return {
    accessKeyId,
    accountId: readAccountId(record, 'accountId'),
    createdAtMs: Number(createdAtMs),
    status,
    encryptedSecret: readText(record, 'encryptedSecret'),
  };
}

/** Over the compact JSON of the content, whose members keep their order through parsing. */
function checksumOf(content: object): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw corrupt(errorMessage(cause), cause);
  }
}

function asRecord(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw corrupt(`${name} is no object`);
  return value as Record<string, unknown>;
}

function readText(record: Readonly<Record<string, unknown>>, name: string): string {
  const value = record[name];
  if (typeof value !== 'string') throw corrupt(`${name} is no text`);
  return value;
}

function readAccountId(record: Readonly<Record<string, unknown>>, name: string): AccountId {
  const value = readText(record, name);
  if (!isAccountId(value)) throw corrupt(`${name} is no account id`);
  return value;
}

function corrupt(reason: string, cause?: unknown): PromontoryError {
  return new PromontoryError(`cannot read access keys: ${reason}`, {
    code: ERR_ACCESS_KEYS_CORRUPT,
    kind: 'corrupt',
    cause,
  });
}

function unknownVersion(version: unknown): PromontoryError {
  return new PromontoryError(`cannot read access keys: got version ${String(version)}, want ${VERSION}`, {
    code: ERR_ACCESS_KEYS_VERSION,
    kind: 'unavailable',
  });
}
