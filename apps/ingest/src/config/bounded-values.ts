/**
 * Settings that are numbers: how each kind is written, read and held within its bounds. What lies outside is
 * refused with an Error that says both bounds, in the units that people write.
 */
import { availableParallelism } from 'node:os';
import { formatDuration, parseDurationMs } from '@promontory/promql';
import type { Flag, ValueBounds } from './flag.ts';

/** The part of a flag that its kind decides. */
type BoundedValue = Required<Pick<Flag<number>, 'placeholder' | 'parse' | 'bounds'>>;

const BYTES = /^(\d+)(B|KiB|MiB|GiB)?$/;
/** From the largest. */
const BYTE_UNITS: ReadonlyMap<string, number> = new Map([
  ['GiB', 1024 ** 3],
  ['MiB', 1024 ** 2],
  ['KiB', 1024],
  ['B', 1],
]);
const AUTO = 'auto';

/** Of what has no natural one. A duration is at most 292 years, in PromQL too. */
export const DURATION_MS_MAX = 292 * 365 * 24 * 3600 * 1000;
export const COUNT_MAX = Number.MAX_SAFE_INTEGER;

/** Milliseconds. */
export function durationWithin(bounds: ValueBounds): BoundedValue {
  const wanted = `want a duration ${rangeText(bounds, formatDuration)}, for example 5m, 1h30m or 15d`;
  return {
    placeholder: 'DURATION',
    bounds,
    parse: (text) => within(tryParseDurationMs(text), bounds, wanted),
  };
}

export function bytesWithin(bounds: ValueBounds): BoundedValue {
  const wanted = `want a size ${rangeText(bounds, formatBytes)}, for example 1048576, 512KiB or 32MiB`;
  return { placeholder: 'BYTES', bounds, parse: (text) => within(tryParseBytes(text), bounds, wanted) };
}

export function countWithin(bounds: ValueBounds): BoundedValue {
  const wanted = `want a whole number ${rangeText(bounds, String)}`;
  return { placeholder: 'COUNT', bounds, parse: (text) => within(tryParseCount(text), bounds, wanted) };
}

/**
 * A number of threads, or `auto`.
 *
 * @param reservedCores how many cores `auto` leaves to others, as long as one remains
 */
export function threadsWithin(bounds: ValueBounds, reservedCores: number): BoundedValue {
  const wanted = `want a whole number ${rangeText(bounds, String)}, or ${AUTO}`;
  const parse = (text: string): number =>
    text === AUTO
      ? Math.max(1, Math.min(bounds.max, availableParallelism() - reservedCores))
      : within(tryParseCount(text), bounds, wanted);
  return { placeholder: 'COUNT', bounds, parse };
}

/** As it may be written: with the largest unit that leaves a whole number. */
export function formatBytes(byteCount: number): string {
  if (byteCount === 0) return '0';
  for (const [unit, unitBytes] of BYTE_UNITS) {
    if (unitBytes > 1 && byteCount % unitBytes === 0) return `${byteCount / unitBytes}${unit}`;
  }
  return String(byteCount);
}

function rangeText({ min, max }: ValueBounds, format: (value: number) => string): string {
  return `from ${format(min)} to ${format(max)}`;
}

function within(value: number | null, { min, max }: ValueBounds, wanted: string): number {
  if (value !== null && value >= min && value <= max) return value;
  throw new Error(wanted);
}

function tryParseDurationMs(text: string): number | null {
  try {
    return parseDurationMs(text);
  } catch {
    return null;
  }
}

function tryParseBytes(text: string): number | null {
  const parts = BYTES.exec(text);
  const byteCount = Number(parts?.[1]) * (BYTE_UNITS.get(parts?.[2] ?? 'B') ?? 0);
  return Number.isSafeInteger(byteCount) ? byteCount : null;
}

function tryParseCount(text: string): number | null {
  const count = Number(text);
  return /^\d+$/.test(text) && Number.isSafeInteger(count) ? count : null;
}
