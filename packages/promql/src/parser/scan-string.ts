/** Where string literals end, and what is wrong with those that do not. One step per character. */
import { describeRune } from './go-text.ts';

/** The end behind the closing quote, or a complaint in the words of Prometheus's lexer. */
export type StringScan = { readonly end: number } | { readonly reason: string };

const SIMPLE_ESCAPES = 'abfnrtv\\';
const CODE_POINT_MAX = 0x10ffff;

/** @param start where the opening quote stands */
export function scanString(text: string, start: number): StringScan {
  const quote = text[start] ?? '';
  return quote === '`' ? scanRawString(text, start) : scanQuotedString(text, start, quote);
}

function scanRawString(text: string, start: number): StringScan {
  for (let at = start + 1; at < text.length;) {
    const code = text.codePointAt(at) ?? 0;
    if (isInvalid(code)) return { reason: 'invalid UTF-8 rune' };
    at += width(code);
    if (code === 0x60) return { end: at };
  }
  return { reason: 'unterminated raw string' };
}

function scanQuotedString(text: string, start: number, quote: string): StringScan {
  for (let at = start + 1; at < text.length;) {
    const character = text[at];
    if (character === quote) return { end: at + 1 };
    if (character === '\n') break;
    if (character === '\\') {
      const escape = scanEscape(text, at + 1, quote);
      if ('reason' in escape) return escape;
      at = escape.end;
      continue;
    }
    const code = text.codePointAt(at) ?? 0;
    if (isInvalid(code)) return { reason: 'invalid UTF-8 rune' };
    at += width(code);
  }
  return { reason: 'unterminated quoted string' };
}

/** @param start behind the backslash */
function scanEscape(text: string, start: number, quote: string): StringScan {
  const kind = text[start];
  if (kind === undefined) return { reason: 'escape sequence not terminated' };
  if (kind === quote || SIMPLE_ESCAPES.includes(kind)) return { end: start + 1 };
  if (/^[0-7]$/.test(kind)) return scanDigits(text, start, 3, 8, 0xff);
  if (kind === 'x') return scanDigits(text, start + 1, 2, 16, 0xff);
  if (kind === 'u') return scanDigits(text, start + 1, 4, 16, CODE_POINT_MAX);
  if (kind === 'U') return scanDigits(text, start + 1, 8, 16, CODE_POINT_MAX);
  return { reason: `unknown escape sequence ${describeRune(text.codePointAt(start) ?? 0)}` };
}

function scanDigits(text: string, start: number, count: number, base: number, valueMax: number): StringScan {
  let value = 0;
  for (let at = start; at < start + count; at++) {
    const code = text.codePointAt(at);
    if (code === undefined) return { reason: 'escape sequence not terminated' };
    const digit = Number.parseInt(String.fromCodePoint(code), base);
    if (Number.isNaN(digit)) {
      return { reason: `illegal character ${describeRune(code)} in escape sequence` };
    }
    value = value * base + digit;
  }
  const isSurrogate = value >= 0xd800 && value < 0xe000;
  if (value > valueMax || isSurrogate) return { reason: 'escape sequence is an invalid Unicode code point' };
  return { end: start + count };
}

/** Half of a pair, or what stands in a decoded text for bytes that were not UTF-8. */
function isInvalid(code: number): boolean {
  return (code >= 0xd800 && code <= 0xdfff) || code === 0xfffd;
}

function width(code: number): number {
  return code > 0xffff ? 2 : 1;
}
