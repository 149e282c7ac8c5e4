import { parseDurationMs } from './duration.ts';

const DURATION = /^\d+(?:y|w|d|h|m|s)/;

/**
 * The value of a number or duration token without its sign: decimal, `0x` hexadecimal, octal with a leading
 * zero, underscores between digits, `Inf` and `NaN` in any case, durations in seconds.
 *
 * @returns NaN also for `NaN` itself; the grammar admits no other text
 */
export function parseNumberToken(token: string): number {
  const lower = token.toLowerCase();
  if (lower === 'inf') return Infinity;
  if (lower === 'nan') return NaN;
  if (lower.startsWith('0x')) return Number(lower.replaceAll('_', ''));
  if (DURATION.test(lower)) return parseDurationMs(lower) / 1000;
  const digits = lower.replaceAll('_', '');
  if (/^0[0-7]+$/.test(digits)) return Number.parseInt(digits, 8);
  return Number(digits);
}

/** Reads a float as Go's strconv does: what the `le` label holds. @returns null when it is not a number */
export function parseGoFloat(text: string): number | null {
  if (/^[+-]?(?:inf|infinity)$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  if (/^[+-]?nan$/i.test(text)) return NaN;
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) return null;
  return Number(text);
}
