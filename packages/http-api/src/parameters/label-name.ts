/**
 * The label name in `/api/v1/label/<name>/values`. Names outside `[a-zA-Z0-9_]` come percent-encoded, or
 * escaped behind `U__`, where `__` stands for an underscore and `_2e_` for the code point in between.
 */
import { badRequest } from './parameter-error.ts';

const ESCAPED_PREFIX = 'U__';
const WELL_ESCAPED = /^(?:[^_]|__|_[0-9a-fA-F]{1,6}_)*$/;
const ESCAPE = /__|_([0-9a-fA-F]{1,6})_/g;
const CODE_POINT_MAX = 0x10ffff;

/**
 * @param pathSegment still percent-encoded
 * @throws PromontoryError ERR_PARAMETER_INVALID when it is empty or not valid UTF-8
 */
export function readLabelName(pathSegment: string): string {
  let name: string;
  try {
    name = decodeURIComponent(pathSegment);
  } catch (cause) {
    throw badRequest(`invalid label name: ${JSON.stringify(pathSegment)}`, cause);
  }
  const unescaped = name.startsWith(ESCAPED_PREFIX) ? unescapeName(name) : name;
  if (unescaped === '') throw badRequest('invalid label name: ""');
  return unescaped;
}

/** @returns the name as it is when the escapes are not well-formed */
function unescapeName(name: string): string {
  const escaped = name.slice(ESCAPED_PREFIX.length);
  if (!WELL_ESCAPED.test(escaped)) return name;
  let valid = true;
  const unescaped = escaped.replace(ESCAPE, (_, hexadecimal: string | undefined) => {
    if (hexadecimal === undefined) return '_';
    const codePoint = Number.parseInt(hexadecimal, 16);
    const isCharacter = codePoint <= CODE_POINT_MAX && (codePoint < 0xd800 || codePoint > 0xdfff);
    if (!isCharacter) valid = false;
    return isCharacter ? String.fromCodePoint(codePoint) : '';
  });
  return valid ? unescaped : name;
}
