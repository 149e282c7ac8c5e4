/** Whole numbers, in the spellings that Go takes for one. */
const INTEGER = /^[+-]?\d+$/;
/** Of any 64-bit integer without leading zeros. */
const DIGITS_MAX = 20;

/** The value, or why the text is none, in the words of Go's own parser. */
export type ParsedInteger = { readonly value: number } | { readonly problem: string };

/** Beyond 2^53 it is the nearest number; what Go's integers do not hold is out of range. */
export function parseInteger(text: string): ParsedInteger {
  if (!INTEGER.test(text)) return { problem: `parsing ${JSON.stringify(text)}: invalid syntax` };
  const digits = text.replace(/^\+?(-?)0*(?=\d)/, '$1');
  const value = digits.length > DIGITS_MAX ? null : BigInt(digits);
  if (value !== null && BigInt.asIntN(64, value) === value) return { value: Number(value) };
  return { problem: `parsing ${JSON.stringify(text)}: value out of range` };
}
