/**
 * The notation of series in scripts: `metric{label="value"} 1 2 _ stale 3+2x4 5x2 {{count:1}}`.
 *
 * `axn` repeats a value n more times, `a+bxn` and `a-bxn` count up and down n times, `_` and `_xn` leave
 * samples out, `stale` marks staleness, `{{…}}` is a native histogram.
 */
import { Labels } from '@promontory/model';
import { parseExpression } from '@promontory/promql';
import { parseHistogram } from './histogram-notation.ts';
import { stepHistograms } from './histogram-steps.ts';
import { NUMBER_PATTERN, parseRepetitions, parseScriptNumber } from './number-notation.ts';
import { scriptError } from './script-error.ts';
import type { SequenceItem } from './script.ts';

const VALUE = new RegExp(`^([+-]?${NUMBER_PATTERN})(?:([+-]${NUMBER_PATTERN})?x(\\d+))?$`);
const HISTOGRAM = /^\{\{([^{}]*)\}\}(?:(?:([+-])\{\{([^{}]*)\}\})?x(\d+))?$/;

export interface SeriesDescription {
  readonly labels: Labels;
  readonly items: readonly SequenceItem[];
}

/** @throws PromontoryError ERR_CONFORMANCE_SCRIPT, or a query error for malformed labels */
export function parseSeriesDescription(text: string): SeriesDescription {
  const end = endOfLabels(text);
  return { labels: parseLabels(text.slice(0, end).trim()), items: parseSequence(text.slice(end)) };
}

/** @throws PromontoryError ERR_CONFORMANCE_SCRIPT */
export function parseSequence(text: string): SequenceItem[] {
  const items: SequenceItem[] = [];
  let rest = text.trim();
  while (rest !== '') {
    const token = firstToken(rest);
    for (const item of parseToken(token)) items.push(item);
    rest = rest.slice(token.length).trimStart();
  }
  return items;
}

/** @throws PromontoryError ERR_CONFORMANCE_SCRIPT, or a query error for malformed labels */
export function parseLabels(text: string): Labels {
  if (/^\{\s*\}$/.test(text)) return Labels.empty;
  const expression = parseExpression(text);
  const isSeries =
    expression.kind === 'vector-selector' && expression.matchers.every(({ operator }) => operator === '=');
  if (!isSeries) throw scriptError(`${text} is no series`);
  return Labels.fromEntries(expression.matchers.map(({ name, value }) => [name, value] as const));
}

/** Where the labels end and the values begin. */
function endOfLabels(text: string): number {
  const name = /^[^\s{]*\s*/.exec(text)?.[0] ?? '';
  if (text[name.length] !== '{' || text.startsWith('{{', name.length)) return name.length;
  let quote = '';
  for (let index = name.length; index < text.length; index++) {
    const unit = text[index] ?? '';
    if (quote !== '') {
      if (unit === '\\' && quote !== '`') index++;
      else if (unit === quote) quote = '';
    } else if (unit === '"' || unit === "'" || unit === '`') quote = unit;
    else if (unit === '}') return index + 1;
  }
  throw scriptError(`labels are not closed in ${text}`);
}

/** What stands before the first space that is not inside of a histogram. */
function firstToken(text: string): string {
  if (!text.startsWith('{{')) return /^\S+/.exec(text)?.[0] ?? '';
  const token = /^\{\{[^{}]*\}\}(?:[+-]\{\{[^{}]*\}\})?[^\s{}]*(?=\s|$)/.exec(text)?.[0];
  if (token === undefined) throw scriptError(`expected {{…}} or {{…}}+{{…}}x3, got ${text}`);
  return token;
}

function parseToken(token: string): SequenceItem[] {
  if (token === '_') return [{ kind: 'omitted' }];
  if (token === 'stale') return [{ kind: 'stale' }];
  if (token.startsWith('{{')) return parseHistograms(token);
  const omitted = /^_x([1-9]\d*)$/.exec(token);
  if (omitted === null) return parseValues(token);
  return Array.from({ length: parseRepetitions(omitted[1]) }, () => ({ kind: 'omitted' }));
}

function parseValues(token: string): SequenceItem[] {
  const parts = VALUE.exec(token);
  if (parts === null) throw scriptError(`${token} is no value`);
  const first = parseScriptNumber(parts[1] ?? '') ?? NaN;
  const step = parts[2] === undefined ? 0 : (parseScriptNumber(parts[2]) ?? NaN);
  const items: SequenceItem[] = [];
  let value = first;
  for (let left = parseRepetitions(parts[3]); left >= 0; left--) {
    items.push({ kind: 'value', value });
    if (step !== 0) value += step;
  }
  return items;
}

function parseHistograms(token: string): SequenceItem[] {
  const [whole, firstText, sign, stepText, count] = HISTOGRAM.exec(token) ?? [];
  if (whole === undefined || firstText === undefined) throw scriptError(`${token} is no histogram`);
  const first = parseHistogram(firstText);
  const repetitions = parseRepetitions(count);
  if (stepText === undefined) {
    return Array.from({ length: repetitions + 1 }, () => ({ kind: 'histogram', ...first }));
  }
  // Of all of them the hint counts as given when the step has one, as in Prometheus.
  const { histogram, isHintGiven } = parseHistogram(stepText);
  const histograms = stepHistograms(first.histogram, histogram, sign === '-' ? -1 : 1, repetitions);
  return histograms.map((one) => ({ kind: 'histogram', histogram: one, isHintGiven }));
}
