/**
 * The notation of series in scripts: `metric{label="value"} 1 2 _ stale 3+2x4 5x2`.
 *
 * `axn` repeats a value n more times, `a+bxn` and `a-bxn` count up and down n times, `_` and `_xn` leave
 * samples out, `stale` marks staleness, `{{…}}` is a native histogram.
 */
import { PromontoryError } from '@promontory/base';
import { Labels } from '@promontory/model';
import { parseExpression } from '@promontory/promql';
import { ERR_CONFORMANCE_SCRIPT } from '../error-codes.ts';
import type { SequenceItem } from './script.ts';

const NUMBER = String.raw`(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|[iI][nN][fF]|[nN][aA][nN])`;
const VALUE = new RegExp(`^([+-]?${NUMBER})(?:([+-]${NUMBER}))?(?:x(\\d+))?$`);
const HISTOGRAM = /^\{\{.*?\}\}(?:[+-]\{\{.*?\}\})?(?:x(\d+))?$/;

export interface SeriesDescription {
  readonly labels: Labels;
  readonly items: readonly SequenceItem[];
}

export function scriptError(reason: string): PromontoryError {
  return new PromontoryError(`cannot read script: ${reason}`, {
    code: ERR_CONFORMANCE_SCRIPT,
    kind: 'bad-data',
  });
}

/** @throws PromontoryError ERR_CONFORMANCE_SCRIPT, or a query error for malformed labels */
export function parseSeriesDescription(text: string): SeriesDescription {
  const end = descriptionEnd(text);
  return { labels: parseLabels(text.slice(0, end).trim()), items: parseSequence(text.slice(end)) };
}

export function parseSequence(text: string): SequenceItem[] {
  const tokens = text.match(/\{\{.*?\}\}(?:[+-]\{\{.*?\}\})?(?:x\d+)?|\S+/g) ?? [];
  return tokens.flatMap(parseItem);
}

/** A number as scripts write it, or null. */
export function parseScriptNumber(text: string): number | null {
  if (!new RegExp(`^[+-]?${NUMBER}$`).test(text)) return null;
  const magnitude = text.replace(/^[+-]/, '').toLowerCase();
  const value = magnitude === 'inf' ? Infinity : Number(magnitude);
  return text.startsWith('-') ? -value : value;
}

/** Where the labels end and the values begin. */
function descriptionEnd(text: string): number {
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

function parseLabels(text: string): Labels {
  if (/^\{\s*\}$/.test(text)) return Labels.empty;
  const expression = parseExpression(text);
  if (expression.kind !== 'vector-selector') throw scriptError(`${text} is no series`);
  return Labels.fromEntries(expression.matchers.map(({ name, value }) => [name, value] as const));
}

function parseItem(token: string): SequenceItem[] {
  if (token === '_') return [{ kind: 'omitted' }];
  if (token === 'stale') return [{ kind: 'stale' }];
  const omitted = /^_x(\d+)$/.exec(token);
  if (omitted !== null) return repeat({ kind: 'omitted' }, Number(omitted[1]));
  const histogram = HISTOGRAM.exec(token);
  if (histogram !== null) return repeat({ kind: 'histogram' }, 1 + Number(histogram[1] ?? 0));
  return parseValues(token);
}

function parseValues(token: string): SequenceItem[] {
  const parts = VALUE.exec(token);
  if (parts === null) throw scriptError(`${token} is no value`);
  const first = parseScriptNumber(parts[1] ?? '') ?? NaN;
  const step = parts[2] === undefined ? 0 : (parseScriptNumber(parts[2]) ?? NaN);
  const items: SequenceItem[] = [];
  let value = first;
  for (let index = 0; index <= Number(parts[3] ?? 0); index++) {
    items.push({ kind: 'value', value });
    if (step !== 0) value += step;
  }
  return items;
}

function repeat(item: SequenceItem, count: number): SequenceItem[] {
  return Array.from({ length: count }, () => item);
}
