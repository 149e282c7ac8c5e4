/**
 * Go's string literals. A JavaScript string cannot hold bytes that are not UTF-8 (`"\xff"`): such a byte is
 * kept as the lone surrogate U+DC00 + byte, which no valid text contains, so that it is seen where it matters.
 */
import { scanString } from './scan-string.ts';

export { quoteString } from './go-text.ts';

const SIMPLE_ESCAPES: Readonly<Record<string, number>> = {
  a: 0x07,
  b: 0x08,
  f: 0x0c,
  n: 0x0a,
  r: 0x0d,
  t: 0x09,
  v: 0x0b,
};

const INVALID_BYTE_BASE = 0xdc00;

/**
 * @param literal with its quotes
 * @returns the value, or null when the literal is not closed or holds an invalid escape
 */
export function unquoteString(literal: string): string | null {
  if (!/^["'`]/.test(literal)) return null;
  const scan = scanString(literal, 0);
  if ('reason' in scan || scan.end !== literal.length) return null;
  const body = literal.slice(1, -1);
  return literal.startsWith('`') || !body.includes('\\') ? body : unescape(body);
}

/** @param body in which every escape is valid */
function unescape(body: string): string {
  // No escape is shorter than what it stands for; a unit takes three bytes at most.
  const bytes = new Uint8Array(3 * body.length);
  const encoder = new TextEncoder();
  let count = 0;
  for (let index = 0; index < body.length;) {
    if (body[index] !== '\\') {
      const next = body.indexOf('\\', index);
      const plainEnd = next === -1 ? body.length : next;
      count += encoder.encodeInto(body.slice(index, plainEnd), bytes.subarray(count)).written;
      index = plainEnd;
      continue;
    }
    const { code, isByte, length } = readEscape(body, index + 1);
    if (isByte) bytes[count++] = code;
    else count += encoder.encodeInto(String.fromCodePoint(code), bytes.subarray(count)).written;
    index += 1 + length;
  }
  return decodeLoosely(bytes.subarray(0, count));
}

/** @param index behind the backslash */
function readEscape(body: string, index: number): { code: number; isByte: boolean; length: number } {
  const unit = body[index] ?? '';
  const hexLength = { x: 2, u: 4, U: 8 }[unit];
  if (hexLength !== undefined) {
    const code = Number.parseInt(body.slice(index + 1, index + 1 + hexLength), 16);
    return { code, isByte: unit === 'x', length: 1 + hexLength };
  }
  if (/[0-7]/.test(unit)) {
    return { code: Number.parseInt(body.slice(index, index + 3), 8), isByte: true, length: 3 };
  }
  return { code: SIMPLE_ESCAPES[unit] ?? unit.charCodeAt(0), isByte: false, length: 1 };
}

function decodeLoosely(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return decodeWithInvalidBytes(bytes);
  }
}

function decodeWithInvalidBytes(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let index = 0; index < bytes.length;) {
    const length = sequenceLength(bytes, index);
    const byte = bytes[index] ?? 0;
    if (length === 0) parts.push(String.fromCharCode(INVALID_BYTE_BASE + byte));
    else parts.push(String.fromCodePoint(decodeSequence(bytes, index, length)));
    index += Math.max(1, length);
  }
  return parts.join('');
}

/** @returns how many bytes the character at an index has, 0 when there is none */
function sequenceLength(bytes: Uint8Array, index: number): number {
  const first = bytes[index] ?? 0;
  if (first < 0x80) return 1;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4) return 0;
  for (let offset = 1; offset < length; offset++) {
    if (((bytes[index + offset] ?? 0) & 0xc0) !== 0x80) return 0;
  }
  const code = decodeSequence(bytes, index, length);
  const isOverlong = (length === 3 && code < 0x800) || (length === 4 && code < 0x10000);
  return isOverlong || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ? 0 : length;
}

function decodeSequence(bytes: Uint8Array, index: number, length: number): number {
  const first = bytes[index] ?? 0;
  let code = length === 1 ? first : first & (0xff >> (length + 1));
  for (let offset = 1; offset < length; offset++) code = (code << 6) | ((bytes[index + offset] ?? 0) & 0x3f);
  return code;
}

/** False when the text holds a byte that is not UTF-8. */
export function isValidUtf8(text: string): boolean {
  return text.isWellFormed();
}
