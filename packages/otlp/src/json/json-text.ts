/**
 * The text of an OTLP/JSON body as values. Integers that doubles do not hold come as bigints: exporters send
 * times in nanoseconds as bare numbers, too.
 */
import { isUtf8 } from 'node:buffer';
import { errorMessage, PromontoryError } from '@promontory/base';
import type { DecodeBudget } from '../decode-limits.ts';
import { ERR_OTLP_JSON_INVALID, ERR_OTLP_MESSAGES_MAX } from '../error-codes.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;
const COMMA = 0x2c;
const DOT = 0x2e;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
/** Every integer of fewer digits is exact as a double. */
const LONG_INTEGER_DIGITS = 16;

/**
 * @param bytes not kept
 * @throws PromontoryError ERR_OTLP_JSON_INVALID, ERR_OTLP_DEPTH_MAX (bad-data), ERR_OTLP_MESSAGES_MAX (too-large)
 */
export function parseJsonBytes(bytes: Uint8Array, budget: DecodeBudget): unknown {
  if (!isUtf8(bytes)) throw invalidJson('it is not UTF-8');
  const { hasLongInteger } = survey(bytes, budget);
  try {
    // A text has a greatest length, too.
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
    return hasLongInteger ? (JSON.parse(text, keepLongInteger) as unknown) : (JSON.parse(text) as unknown);
  } catch (cause) {
    throw invalidJson(errorMessage(cause), cause);
  }
}

export function invalidJson(why: string, cause?: unknown): PromontoryError {
  return new PromontoryError(`cannot decode OTLP export from JSON: ${why}`, {
    code: ERR_OTLP_JSON_INVALID,
    kind: 'bad-data',
    cause,
  });
}

/**
 * Looks at the bytes once, before memory and stack are taken for what they stand for: counts objects, arrays and values,
 * and how deep they nest.
 */
function survey(bytes: Uint8Array, budget: DecodeBudget): { readonly hasLongInteger: boolean } {
  const { messagesMax, jsonValuesMax } = budget.limits;
  let containers = 0;
  let depth = 0;
  let commas = 0;
  let digits = 0;
  let hasLongInteger = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte >= DIGIT_0 && byte <= DIGIT_9) {
      if (++digits >= LONG_INTEGER_DIGITS) hasLongInteger = true;
      continue;
    }
    digits = 0;
    if (byte === QUOTE) at = closingQuote(bytes, at);
    else if (byte === DOT) at = lastDigit(bytes, at);
    else if (byte === OPENING_BRACE || byte === OPENING_BRACKET) {
      if (++containers > messagesMax) throw tooMany(messagesMax, 'objects and arrays');
      budget.checkJsonDepth(++depth);
    } else if (byte === CLOSING_BRACE || byte === CLOSING_BRACKET) depth--;
    else if (byte === COMMA && ++commas > jsonValuesMax) throw tooMany(jsonValuesMax, 'values');
  }
  return { hasLongInteger };
}

function tooMany(limit: number, what: string): PromontoryError {
  return new PromontoryError(`cannot decode OTLP export from JSON: it has more than ${limit} ${what}`, {
    code: ERR_OTLP_MESSAGES_MAX,
    kind: 'too-large',
  });
}

/** @returns the offset of the quote that ends the string, or the end of the bytes */
function closingQuote(bytes: Uint8Array, openingQuote: number): number {
  let at = openingQuote + 1;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
}

/** @returns the offset of the last digit of a fraction, which may be long without being an integer */
function lastDigit(bytes: Uint8Array, dot: number): number {
  let at = dot;
  while (at + 1 < bytes.length && bytes[at + 1]! >= DIGIT_0 && bytes[at + 1]! <= DIGIT_9) at++;
  return at;
}

function keepLongInteger(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  const source = context?.source ?? '';
  return /^-?\d{1,40}$/.test(source) ? BigInt(source) : value;
}
