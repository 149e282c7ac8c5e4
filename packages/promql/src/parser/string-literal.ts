/**
 * Go's string literals. A JavaScript string cannot hold bytes that are not UTF-8 (`"\xff"`): such a byte is
 * kept as the lone surrogate U+DC00 + byte, which no valid text contains, so that it is seen where it matters.
 */
const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
};

const INVALID_BYTE_BASE = 0xdc00;

/**
 * @param literal with its quotes
 * @returns the value, or null when the literal is not closed or holds an invalid escape
 */
export function unquoteString(literal: string): string | null {
  const quote = literal[0] ?? '';
  if (literal.length < 2 || !literal.endsWith(quote)) return null;
  const body = literal.slice(1, -1);
  if (quote === '`') return body.includes('`') ? null : body;
  if (!body.includes('\\')) return body.includes('\n') || body.includes(quote) ? null : body;
  const bytes: number[] = [];
  const encoder = new TextEncoder();
  for (let index = 0; index < body.length;) {
    if (body[index] !== '\\') {
      const character = String.fromCodePoint(body.codePointAt(index) ?? 0);
      if (character === '\n' || character === quote) return null;
      bytes.push(...encoder.encode(character));
      index += character.length;
      continue;
    }
    const consumed = unescapeAt(body, index + 1, quote, bytes);
    if (consumed === 0) return null;
    index += 1 + consumed;
  }
  return decodeLoosely(Uint8Array.from(bytes));
}

/** @returns how many units after the backslash belong to the escape, 0 when it is invalid */
function unescapeAt(body: string, index: number, quote: string, bytes: number[]): number {
  const unit = body[index];
  if (unit === undefined) return 0;
  const simple = unit === quote ? quote : SIMPLE_ESCAPES[unit];
  if (simple !== undefined) {
    bytes.push(simple.charCodeAt(0));
    return 1;
  }
  const hexLength = { x: 2, u: 4, U: 8 }[unit];
  if (hexLength !== undefined) {
    const digits = body.slice(index + 1, index + 1 + hexLength);
    if (digits.length !== hexLength || !/^[0-9a-fA-F]+$/.test(digits)) return 0;
    const code = Number.parseInt(digits, 16);
    if (unit === 'x') bytes.push(code);
    else if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return 0;
    else bytes.push(...new TextEncoder().encode(String.fromCodePoint(code)));
    return 1 + hexLength;
  }
  const octal = body.slice(index, index + 3);
  if (!/^[0-3][0-7]{2}$/.test(octal)) return 0;
  bytes.push(Number.parseInt(octal, 8));
  return 3;
}

function decodeLoosely(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return decodeWithInvalidBytes(bytes);
  }
}

function decodeWithInvalidBytes(bytes: Uint8Array): string {
  let text = '';
  for (let index = 0; index < bytes.length;) {
    const character = decodeOne(bytes, index);
    text += character === null ? String.fromCharCode(INVALID_BYTE_BASE + (bytes[index] ?? 0)) : character;
    index += character === null ? 1 : new TextEncoder().encode(character).length;
  }
  return text;
}

function decodeOne(bytes: Uint8Array, index: number): string | null {
  for (let length = 1; length <= 4 && index + length <= bytes.length; length++) {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
        bytes.subarray(index, index + length),
      );
    } catch {
      continue;
    }
  }
  return null;
}

/** False when the text holds a byte that is not UTF-8. */
export function isValidUtf8(text: string): boolean {
  return text.isWellFormed();
}

/** Quotes as Go's `%q` does, invalid bytes as `\xNN`. */
export function quoteString(text: string): string {
  let quoted = '"';
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code >= INVALID_BYTE_BASE + 0x80 && code <= INVALID_BYTE_BASE + 0xff) {
      quoted += `\\x${(code - INVALID_BYTE_BASE).toString(16)}`;
    } else if (character === '"' || character === '\\') quoted += `\\${character}`;
    else if (code < 0x20 || code === 0x7f) quoted += escapeControl(character, code);
    else quoted += character;
  }
  return `${quoted}"`;
}

function escapeControl(character: string, code: number): string {
  for (const [letter, value] of Object.entries(SIMPLE_ESCAPES)) if (value === character) return `\\${letter}`;
  return `\\x${code.toString(16).padStart(2, '0')}`;
}
