import { PromontoryError } from '@promontory/base';
import { ERR_QUERY_SYNTAX } from '../error-codes.ts';
import { quoteString } from './go-text.ts';

const UNITS: readonly (readonly [unit: string, ms: number])[] = [
  ['y', 365 * 86_400_000],
  ['w', 7 * 86_400_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
];

/** What fits into Prometheus's durations, which are 64-bit nanoseconds. */
export const DURATION_MS_MAX = 9_223_372_036_854;

/** A number that Go reads into 64 bits; a longer one is out of range here anyway, and no valid duration there. */
const DIGITS_MAX = 19;

/** Milliseconds, or a complaint in Prometheus's words. */
export type DurationReading = { readonly durationMs: number } | { readonly reason: string };

/**
 * @param text a duration such as `1h30m` or `0`
 * @returns milliseconds
 * @throws PromontoryError ERR_QUERY_SYNTAX
 */
export function parseDurationMs(text: string): number {
  const reading = readDuration(text);
  if ('durationMs' in reading) return reading.durationMs;
  throw new PromontoryError(reading.reason, { code: ERR_QUERY_SYNTAX, kind: 'bad-data' });
}

/** Units go from the largest to the smallest, each at most once. One step per character. */
export function readDuration(text: string): DurationReading {
  if (text === '0') return { durationMs: 0 };
  if (text === '') return { reason: 'empty duration string' };
  let durationMs = 0;
  let unitIndex = -1;
  const part = /(\d+)(\D+)/y;
  while (part.lastIndex < text.length) {
    const [, digits = '', unit = ''] = part.exec(text) ?? [];
    if (digits === '' || digits.length > DIGITS_MAX) return notValid(text);
    const index = UNITS.findIndex(([name]) => name === unit);
    const unitMs = UNITS[index]?.[1];
    if (unitMs === undefined) {
      return { reason: `unknown unit ${quoteString(unit)} in duration ${quoteString(text)}` };
    }
    if (index <= unitIndex) return notValid(text);
    unitIndex = index;
    durationMs += Number(digits) * unitMs;
    if (durationMs > DURATION_MS_MAX) return { reason: 'duration out of range' };
  }
  return { durationMs };
}

function notValid(text: string): DurationReading {
  return { reason: `not a valid duration string: ${quoteString(text)}` };
}

/** The shortest text of a duration of whole milliseconds; years and weeks only when they divide it. */
export function formatDuration(durationMs: number): string {
  if (durationMs === 0) return '0s';
  let rest = Math.abs(durationMs);
  let text = durationMs < 0 ? '-' : '';
  for (const [unit, unitMs] of UNITS) {
    const exactOnly = unit === 'y' || unit === 'w';
    if (exactOnly && rest % unitMs !== 0) continue;
    const count = Math.floor(rest / unitMs);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * unitMs;
  }
  return text;
}
