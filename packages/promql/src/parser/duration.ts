import { PromontoryError } from '@promontory/base';
import { ERR_QUERY_SYNTAX } from '../error-codes.ts';

const UNITS: readonly (readonly [unit: string, ms: number])[] = [
  ['y', 365 * 86_400_000],
  ['w', 7 * 86_400_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
];

const PATTERN = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;

/** What fits into Prometheus's durations, which are 64-bit nanoseconds. */
export const DURATION_MS_MAX = 9_223_372_036_854;

/**
 * @param text a duration such as `1h30m` or `0`
 * @returns milliseconds
 * @throws PromontoryError ERR_QUERY_SYNTAX
 */
export function parseDurationMs(text: string): number {
  if (text === '0') return 0;
  const parts = PATTERN.exec(text);
  if (parts === null || text === '') throw invalid(`not a valid duration string: ${JSON.stringify(text)}`);
  let durationMs = 0;
  for (let index = 0; index < UNITS.length; index++) {
    durationMs += Number(parts[index + 1] ?? 0) * (UNITS[index]?.[1] ?? 0);
  }
  if (durationMs > DURATION_MS_MAX) throw invalid('duration out of range');
  return durationMs;
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

function invalid(message: string): PromontoryError {
  return new PromontoryError(message, { code: ERR_QUERY_SYNTAX, kind: 'bad-data' });
}
