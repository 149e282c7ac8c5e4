/** Random ids and secrets, each character drawn evenly from its alphabet. */
import { randomInt } from 'node:crypto';
import { PromontoryError } from '@promontory/base';
import type { AccountId } from './access-key.ts';
import { ERR_ACCESS_KEY_INVALID } from './error-codes.ts';

const DIGITS = '0123456789';
const BASE62 = `${DIGITS}ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz`;
/** Tells people and secret scanners what they look at. */
const ID_PREFIX = 'PMAK';
const ID_RANDOM_LENGTH = 20;
const SECRET_LENGTH = 30;
const ACCOUNT_ID_LENGTH = 16;

/** No colon: in Basic credentials it ends the id. */
const ID = /^[A-Za-z0-9_.-]{1,128}$/;
/** Printable ASCII. */
const SECRET = /^[\x20-\x7e]{1,256}$/;
const ACCOUNT_ID = /^\d{16}$/;

/** About 119 random bits behind the prefix. */
export function generateAccessKeyId(): string {
  return ID_PREFIX + randomText(BASE62, ID_RANDOM_LENGTH);
}

/** About 178 random bits. */
export function generateSecret(): string {
  return randomText(BASE62, SECRET_LENGTH);
}

/** Does not begin with 0, so that it survives programs that take it for a number. */
export function generateAccountId(): AccountId {
  return (randomText(DIGITS.slice(1), 1) + randomText(DIGITS, ACCOUNT_ID_LENGTH - 1)) as AccountId;
}

export function isAccessKeyId(text: string): boolean {
  return ID.test(text);
}

export function isAccountId(text: string): text is AccountId {
  return ACCOUNT_ID.test(text);
}

/** @throws PromontoryError ERR_ACCESS_KEY_INVALID; never shows the secret */
export function checkKeyPair(accessKeyId: string, secret: string): void {
  if (!isAccessKeyId(accessKeyId)) {
    throw invalid('id', 'want 1 to 128 letters, digits, underscores, dots or dashes');
  }
  if (!SECRET.test(secret)) throw invalid('secret', 'want 1 to 256 printable ASCII characters');
}

function invalid(part: string, want: string): PromontoryError {
  return new PromontoryError(
    `cannot use access key: its ${part} has characters or a length not allowed; ${want}`,
    {
      code: ERR_ACCESS_KEY_INVALID,
      kind: 'bad-data',
    },
  );
}

function randomText(alphabet: string, length: number): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
}
