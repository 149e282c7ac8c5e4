/** Values of number tokens, as Go's strconv reads them. */
import { quoteString } from './go-text.ts';

const INT64_MAX = (1n << 63n) - 1n;
/** Leading zeros included: more make no integer here, and reading them would take long. */
const INT64_DIGITS_MAX = 100;

/** The value, or a complaint in Go's words. */
export type NumberReading = { readonly value: number } | { readonly reason: string };

/**
 * @param token what the lexer takes for a number, without sign: decimal, `0x` hexadecimal, octal with a leading
 *   zero, underscores between digits, `Inf` and `NaN` in any case
 */
export function readNumberToken(token: string): NumberReading {
  const integer = readInteger(token);
  if (integer !== null) return { value: integer };
  const value = readDecimal(token);
  const quoted = quoteString(token);
  if (value === null) return { reason: `strconv.ParseFloat: parsing ${quoted}: invalid syntax` };
  if (!Number.isFinite(value) && /\d/.test(token)) {
    return { reason: `strconv.ParseFloat: parsing ${quoted}: value out of range` };
  }
  return { value };
}

/** @returns null for what is no integer of 64 bits: that is read once more, as a decimal number */
function readInteger(token: string): number | null {
  const isHex = /^0[xX](?:_?[0-9a-fA-F])+$/.test(token);
  const isOctal = /^0(?:_?[0-7])*$/.test(token);
  if (!isHex && !isOctal && !/^[1-9](?:_?\d)*$/.test(token)) return null;
  const digits = token.replaceAll('_', '');
  if (digits.length > INT64_DIGITS_MAX) return null;
  const value = BigInt(isOctal && digits !== '0' ? `0o${digits.slice(1)}` : digits);
  return value > INT64_MAX ? null : Number(value);
}

function readDecimal(token: string): number | null {
  const lower = token.toLowerCase();
  if (lower === 'inf') return Infinity;
  if (lower === 'nan') return NaN;
  // Underscores divide digits.
  if (/^_|_$|_[^\d]|[^\d]_/.test(token)) return null;
  return parseGoFloat(token.replaceAll('_', ''));
}

/** Reads a float as Go's strconv does: what the `le` label holds. @returns null when it is not a number */
export function parseGoFloat(text: string): number | null {
  if (/^[+-]?(?:inf|infinity)$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  if (/^[+-]?nan$/i.test(text)) return NaN;
  if (!/^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) return null;
  return Number(text);
}
