/** Lengths of time: seconds with a fraction, or units like `5m` and `1h30m`. */
import { parseDurationMs } from '@promontory/promql';
import { invalidParameter } from './parameter-error.ts';
import { parseDecimal } from './decimal.ts';
import type { RequestParameters } from './request-parameters.ts';

/** Prometheus holds durations in 64 bits of nanoseconds. */
const DURATION_MS_MAX = 2 ** 63 / 1e6;

/** A duration in milliseconds, or why the text is none, in Prometheus's words. */
export type ParsedDuration = { readonly durationMs: number } | { readonly problem: string };

/**
 * @returns whole milliseconds, may be negative
 * @throws PromontoryError ERR_PARAMETER_INVALID when it is missing or malformed
 */
export function requiredDurationMs(parameters: RequestParameters, name: string): number {
  const parsed = parseDuration(parameters.get(name));
  if ('problem' in parsed) throw invalidParameter(name, parsed.problem);
  return parsed.durationMs;
}

export function parseDuration(text: string): ParsedDuration {
  const seconds = parseDecimal(text);
  if (seconds !== null) return secondsToDuration(text, seconds);
  try {
    return { durationMs: parseDurationMs(text) };
  } catch {
    return { problem: `cannot parse ${JSON.stringify(text)} to a valid duration` };
  }
}

/** Cut to nanoseconds and then to milliseconds, both towards zero. */
function secondsToDuration(text: string, seconds: number): ParsedDuration {
  if (Math.abs(seconds) * 1000 <= DURATION_MS_MAX)
    return { durationMs: Math.trunc(Math.trunc(seconds * 1e9) / 1e6) };
  return { problem: `cannot parse ${JSON.stringify(text)} to a valid duration. It overflows int64` };
}
