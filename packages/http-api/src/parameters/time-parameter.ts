/**
 * Points in time: seconds with a fraction (rounded to milliseconds), RFC 3339, or one of the two literals
 * that clients send for "the beginning" and "the end of time".
 */
import type { RequestParameters } from './request-parameters.ts';
import { invalidParameter } from './parameter-error.ts';
import { parseDecimal } from './decimal.ts';

/** Bounds of every time: what milliseconds in a float hold exactly. Times beyond are moved to them. */
export const TIME_MS_MIN = Number.MIN_SAFE_INTEGER;
export const TIME_MS_MAX = Number.MAX_SAFE_INTEGER;

const MIN_TIME_LITERAL = '-292273086-05-16T16:47:06Z';
const MAX_TIME_LITERAL = '292277025-08-18T07:12:54.999999999Z';
const RFC3339 =
  /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,9}))?(?:Z|([+-])(\d{2}):(\d{2}))$/;

/** @throws PromontoryError ERR_PARAMETER_INVALID when it is missing or malformed */
export function requiredTimeMs(parameters: RequestParameters, name: string): number {
  const text = parameters.get(name);
  const timeMs = parseTimeMs(text);
  if (timeMs === null)
    throw invalidParameter(name, `cannot parse ${JSON.stringify(text)} to a valid timestamp`);
  return timeMs;
}

/** @throws PromontoryError ERR_PARAMETER_INVALID when it is malformed */
export function optionalTimeMs(parameters: RequestParameters, name: string, defaultMs: number): number {
  const text = parameters.get(name);
  if (text === '') return defaultMs;
  const timeMs = parseTimeMs(text);
  if (timeMs !== null) return timeMs;
  const reason = `cannot parse ${JSON.stringify(text)} to a valid timestamp`;
  throw invalidParameter(name, `invalid time value for '${name}': ${reason}`);
}

/** @returns null when the text is no time */
export function parseTimeMs(text: string): number | null {
  const seconds = parseDecimal(text);
  if (seconds !== null) return clampTime(secondsToMs(seconds));
  if (text === MIN_TIME_LITERAL) return TIME_MS_MIN;
  if (text === MAX_TIME_LITERAL) return TIME_MS_MAX;
  return parseRfc3339Ms(text);
}

/** Rounds the fraction alone, half away from zero, so that large times lose nothing. */
function secondsToMs(seconds: number): number {
  const whole = Math.trunc(seconds);
  const fractionMs = (seconds - whole) * 1000;
  return whole * 1000 + Math.sign(fractionMs) * Math.round(Math.abs(fractionMs));
}

function clampTime(timeMs: number): number {
  return Math.min(TIME_MS_MAX, Math.max(TIME_MS_MIN, timeMs));
}

function parseRfc3339Ms(text: string): number | null {
  const parts = RFC3339.exec(text);
  if (parts === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1, 7).map(Number);
  const midnight = new Date(0).setUTCFullYear(year, month - 1, day);
  const date = new Date(midnight);
  const dateExists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  const offsetHours = Number(parts[9] ?? 0);
  const offsetMinutes = Number(parts[10] ?? 0);
  if (!dateExists || hour > 23 || minute > 59 || second > 59 || offsetHours > 24 || offsetMinutes > 59)
    return null;
  const fractionMs = Number((parts[7] ?? '').slice(0, 3).padEnd(3, '0'));
  const offsetMs = (offsetHours * 60 + offsetMinutes) * 60_000 * (parts[8] === '-' ? -1 : 1);
  return midnight + ((hour * 60 + minute) * 60 + second) * 1000 + fractionMs - offsetMs;
}
