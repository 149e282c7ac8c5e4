/** Texts as Go's `%q` and `%#U` print them: error messages have Prometheus's words to the letter. */

/** Invalid bytes stand as U+DC00 + byte, see string-literal.ts. */
const INVALID_BYTE_BASE = 0xdc00;
const REPLACEMENT = 0xfffd;
const CONTROL_ESCAPES: ReadonlyMap<number, string> = new Map([
  [0x07, '\\a'],
  [0x08, '\\b'],
  [0x0c, '\\f'],
  [0x0a, '\\n'],
  [0x0d, '\\r'],
  [0x09, '\\t'],
  [0x0b, '\\v'],
]);
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

/** A string in double quotes, invalid bytes as `\xNN`. */
export function quoteString(text: string): string {
  let quoted = '"';
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code >= INVALID_BYTE_BASE + 0x80 && code <= INVALID_BYTE_BASE + 0xff) {
      quoted += `\\x${(code - INVALID_BYTE_BASE).toString(16)}`;
    } else quoted += escapeRune(code, '"');
  }
  return `${quoted}"`;
}

/** A code point in single quotes. @param code what is none, such as the end of the input, prints as U+FFFD */
export function quoteRune(code: number): string {
  const rune = isRune(code) ? code : REPLACEMENT;
  return `'${escapeRune(rune, "'")}'`;
}

/** `U+0041 'A'`, without the second part when the character does not print. */
export function describeRune(code: number): string {
  const hex = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  const character = isRune(code) ? String.fromCodePoint(code) : '';
  return PRINTABLE.test(character) ? `${hex} '${character}'` : hex;
}

/** The first characters of a text. */
export function clipRunes(text: string, countMax: number): string {
  let clipped = '';
  let count = 0;
  for (const character of text) {
    if (count++ === countMax) break;
    clipped += character;
  }
  return clipped;
}

function isRune(code: number): boolean {
  return code >= 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
}

function escapeRune(code: number, quote: string): string {
  if (!isRune(code)) return '\\ufffd';
  const character = String.fromCodePoint(code);
  if (character === quote || character === '\\') return `\\${character}`;
  if (PRINTABLE.test(character)) return character;
  const control = CONTROL_ESCAPES.get(code);
  if (control !== undefined) return control;
  const hex = code.toString(16);
  if (code < 0x20 || code === 0x7f) return `\\x${hex.padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}
