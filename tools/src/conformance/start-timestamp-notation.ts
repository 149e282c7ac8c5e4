/**
 * The notation of start timestamps in scripts: a line `metric{label="value"}@st -1m -1mx3 _` above the line of the
 * series, with one entry for each of its samples; or `@st -1m` for all series below, over and over.
 *
 * An entry is how far from its sample's own time the start lies: `<duration>`, `<duration>xn`,
 * `<duration>+<duration>xn`, `<duration>-<duration>xn`; `*` and `*xn` repeat the one before; `_` and `_xn` have none.
 */
import type { Labels } from '@promontory/model';
import { parseDurationMs } from '@promontory/promql';
import { parseRepetitions } from './number-notation.ts';
import { scriptError } from './script-error.ts';
import { parseLabels } from './series-notation.ts';

const LINE = /^([^\s{]*(?:\{.*\})?)@st(?:\s+(.*))?$/;
const DURATION = String.raw`(?:\d+[a-wyz]+)+|0`;
const OFFSET = new RegExp(`^([+-]?(?:${DURATION})|\\*)(?:([+-](?:${DURATION}))?x(\\d+))?$`);

/** Milliseconds from the sample's time to its start, mostly negative; null when the sample has no start. */
export type StartOffsetMs = number | null;

export interface StartTimestampLine {
  /** The series of the line below; null for all that follow. */
  readonly labels: Labels | null;
  readonly offsetsMs: readonly StartOffsetMs[];
}

/**
 * @returns null when the line is another kind of line
 * @throws PromontoryError ERR_CONFORMANCE_SCRIPT, or a query error for malformed labels
 */
export function parseStartTimestampLine(text: string): StartTimestampLine | null {
  const [whole, series, entries] = LINE.exec(text) ?? [];
  if (whole === undefined) return null;
  const offsetsMs = parseOffsets(entries ?? '');
  if (offsetsMs.length === 0) throw scriptError(`${text} has no start timestamps`);
  return { labels: series === undefined || series === '' ? null : parseLabels(series), offsetsMs };
}

function parseOffsets(text: string): StartOffsetMs[] {
  const offsetsMs: StartOffsetMs[] = [];
  for (const entry of text.split(/\s+/).filter((part) => part !== '')) {
    const before = offsetsMs.findLast((offsetMs) => offsetMs !== null) ?? 0;
    for (const offsetMs of parseEntry(entry, before)) offsetsMs.push(offsetMs);
  }
  return offsetsMs;
}

function parseEntry(entry: string, beforeMs: number): StartOffsetMs[] {
  const none = /^_(?:x([1-9]\d*))?$/.exec(entry);
  if (none !== null) return Array.from({ length: parseRepetitions(none[1] ?? '1') }, () => null);
  const [whole, first, step, count] = OFFSET.exec(entry) ?? [];
  const isMalformed = whole === undefined || first === undefined || (first === '*' && step !== undefined);
  if (isMalformed) throw scriptError(`${entry} is no start timestamp`);
  const firstMs = first === '*' ? beforeMs : signedDurationMs(first);
  const stepMs = step === undefined ? 0 : signedDurationMs(step);
  return Array.from({ length: parseRepetitions(count) + 1 }, (_, taken) => firstMs + taken * stepMs);
}

function signedDurationMs(text: string): number {
  const durationMs = parseDurationMs(text.replace(/^[+-]/, ''));
  return text.startsWith('-') && durationMs !== 0 ? -durationMs : durationMs;
}
