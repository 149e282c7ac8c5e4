/**
 * The notation of native histograms in scripts, without its outer braces:
 * `schema:1 sum:-0.3 count:3.1 z_bucket:7.1 z_bucket_w:0.05 buckets:[5.1 10 7] offset:-3 n_buckets:[4.1 5]
 * n_offset:-5 counter_reset_hint:gauge custom_values:[5 10]`, in any order and all of it optional.
 *
 * `buckets` are the counts of consecutive positive buckets from index `offset` on, `n_buckets` and `n_offset` the
 * same of negative ones.
 */
import { emptyBuckets, type CounterResetHint, type HistogramBuckets } from '@promontory/model';
import { parseScriptNumber } from './number-notation.ts';
import { scriptError } from './script-error.ts';
import type { DescribedHistogram } from './script.ts';

type NumberField = 'sum' | 'count' | 'z_bucket' | 'z_bucket_w';
type IntegerField = 'schema' | 'offset' | 'n_offset';
type ListField = 'buckets' | 'n_buckets' | 'custom_values';
type Fields = ReadonlyMap<string, string>;

const FIELD_NAMES: ReadonlySet<string> = new Set([
  'schema',
  'sum',
  'count',
  'z_bucket',
  'z_bucket_w',
  'buckets',
  'offset',
  'n_buckets',
  'n_offset',
  'custom_values',
  'counter_reset_hint',
]);

const HINTS: ReadonlyMap<string, CounterResetHint> = new Map([
  ['unknown', 'unknown'],
  ['reset', 'reset'],
  ['not_reset', 'not-reset'],
  ['gauge', 'gauge'],
]);

/** @throws PromontoryError ERR_CONFORMANCE_SCRIPT */
export function parseHistogram(text: string): DescribedHistogram {
  const fields = readFields(text);
  const zeroThreshold = numberOf(fields, 'z_bucket_w');
  if (zeroThreshold < 0) throw scriptError(`z_bucket_w is ${zeroThreshold}, want 0 or more`);
  return {
    isHintGiven: fields.has('counter_reset_hint'),
    histogram: {
      isInteger: false,
      counterResetHint: hintOf(fields),
      schema: integerOf(fields, 'schema'),
      zeroThreshold,
      zeroCount: numberOf(fields, 'z_bucket'),
      count: numberOf(fields, 'count'),
      sum: numberOf(fields, 'sum'),
      isStale: false,
      positive: bucketsFrom(integerOf(fields, 'offset'), listOf(fields, 'buckets')),
      negative: bucketsFrom(integerOf(fields, 'n_offset'), listOf(fields, 'n_buckets')),
      customValues: Float64Array.from(listOf(fields, 'custom_values')),
    },
  };
}

function readFields(text: string): Fields {
  const fields = new Map<string, string>();
  let rest = text.trim();
  while (rest !== '') {
    const [whole, name, value] = /^(\w+):(\[[^\]]*\]|[^\s[\]]+)(?:\s+|$)/.exec(rest) ?? [];
    if (whole === undefined || name === undefined || value === undefined) {
      throw scriptError(`expected a field of a histogram such as buckets:[5 10 7], got ${rest}`);
    }
    if (!FIELD_NAMES.has(name)) throw scriptError(`histograms have no field ${name}`);
    if (fields.has(name)) throw scriptError(`${name} stands twice in a histogram`);
    fields.set(name, value);
    rest = rest.slice(whole.length);
  }
  return fields;
}

function hintOf(fields: Fields): CounterResetHint {
  const text = fields.get('counter_reset_hint') ?? 'unknown';
  const hint = HINTS.get(text);
  if (hint === undefined)
    throw scriptError(`counter_reset_hint is ${text}, want ${[...HINTS.keys()].join(', ')}`);
  return hint;
}

function numberOf(fields: Fields, name: NumberField): number {
  const text = fields.get(name) ?? '0';
  return parseScriptNumber(text) ?? fail(name, text, 'a number');
}

function integerOf(fields: Fields, name: IntegerField): number {
  const text = fields.get(name) ?? '0';
  return /^-?\d{1,9}$/.test(text) ? Number(text) : fail(name, text, 'a whole number');
}

function listOf(fields: Fields, name: ListField): number[] {
  const text = fields.get(name);
  if (text === undefined) return [];
  const parts = /^\[\s*(\S.*?)\s*\]$/.exec(text)?.[1]?.split(/\s+/);
  if (parts === undefined) return fail(name, text, 'numbers in brackets');
  return parts.map((part) => parseScriptNumber(part) ?? fail(name, text, 'numbers in brackets'));
}

function fail(name: string, text: string, wanted: string): never {
  throw scriptError(`${name} is ${text}, want ${wanted}`);
}

function bucketsFrom(firstIndex: number, counts: readonly number[]): HistogramBuckets {
  if (counts.length === 0) return emptyBuckets();
  return {
    spanOffsets: Int32Array.of(firstIndex),
    spanLengths: Uint32Array.of(counts.length),
    counts: Float64Array.from(counts),
  };
}
