/** Numbers as scripts write them: decimal, with an exponent, `Inf`, `NaN`; never hexadecimal, `0x3` repeats a 0. */
import { scriptError } from './script-error.ts';

/** The pattern of an unsigned number, without groups. */
export const NUMBER_PATTERN = String.raw`(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|[iI][nN][fF]|[nN][aA][nN])`;
const NUMBER = new RegExp(`^[+-]?${NUMBER_PATTERN}$`);
/** Most samples that one entry of a sequence may stand for. */
const REPETITIONS_MAX = 1_000_000;

/** A number with or without a sign, or null. */
export function parseScriptNumber(text: string): number | null {
  if (!NUMBER.test(text)) return null;
  const magnitude = text.replace(/^[+-]/, '').toLowerCase();
  const value = magnitude === 'inf' ? Infinity : Number(magnitude);
  return text.startsWith('-') ? -value : value;
}

/**
 * @param text what stands behind the `x` of an entry, undefined when there is none
 * @throws PromontoryError ERR_CONFORMANCE_SCRIPT above a million
 */
export function parseRepetitions(text: string | undefined): number {
  const count = Number(text ?? 0);
  if (count > REPETITIONS_MAX) throw scriptError(`${count} repetitions, limit ${REPETITIONS_MAX}`);
  return count;
}
