/**
 * Where numbers and durations end. As in Prometheus's lexer, what is found here need not be a number yet
 * (`0.1.2`, `0x1e+5`): reading its value says so. Both functions take one step per character.
 */
import { isAlphaNumeric, isDigit } from './characters.ts';

export interface Scan {
  /** Behind the last character looked at, also when the scan failed: error messages quote up to here. */
  readonly end: number;
  readonly isValid: boolean;
}

const UNITS = 'smhdw';

/** @param start where a digit stands, or a point before one */
export function scanNumber(text: string, start: number): Scan {
  let at = start;
  let isHex = false;
  const accept = (characters: string): boolean => {
    const isThere = at < text.length && characters.includes(text[at] ?? '');
    if (isThere) at++;
    return isThere;
  };
  const atDigit = (): boolean => isDigit(text.charCodeAt(at)) || (isHex && /^[a-fA-F]$/.test(text[at] ?? ''));
  if (accept('0') && accept('xX')) {
    accept('_');
    isHex = true;
  }
  accept('.');
  if (atDigit()) at++;
  let hasPoint = false;
  let hasExponent = false;
  while (at < text.length) {
    if (accept('.')) {
      if (hasPoint || accept('_.') || isHex) return { end: at, isValid: false };
      hasPoint = true;
    } else if (accept('eE')) {
      if (hasExponent) return { end: at, isValid: false };
      hasExponent = true;
      accept('+-');
      if (accept('._eE') || at === text.length) return { end: at, isValid: false };
    } else if (accept('_')) {
      if (accept('._eE') || at === text.length) return { end: at, isValid: false };
    } else if (atDigit()) {
      while (atDigit()) at++;
    } else break;
  }
  return { end: at, isValid: !isAlphaNumeric(text.charCodeAt(at)) };
}

/** @param start behind the digits that a duration begins with */
export function scanDurationRest(text: string, start: number): Scan {
  let at = start;
  const accept = (characters: string): boolean => {
    const isThere = at < text.length && characters.includes(text[at] ?? '');
    if (isThere) at++;
    return isThere;
  };
  if (!accept(`${UNITS}y`)) return { end: at, isValid: false };
  // For `ms`; units that do not exist, such as `hs`, are refused when the value is read.
  accept('s');
  while (isDigit(text.charCodeAt(at))) {
    while (isDigit(text.charCodeAt(at))) at++;
    if (!accept(UNITS)) return { end: at, isValid: false };
    accept('s');
  }
  if (!isAlphaNumeric(text.charCodeAt(at))) return { end: at, isValid: true };
  return { end: at + 1, isValid: false };
}
