/**
 * Where two answers to one query differ: status, errors, annotations, series, points, buckets.
 *
 * Of what Prometheus itself leaves to chance no more is compared than it decides: which of several clashing
 * series an error names, which ten annotations of more are shown, and the order of an instant vector that
 * nothing sorts.
 */
import { isSameValue, keyOf, seriesDifferences } from '../compare-answers.ts';
import type { BucketHistogram, QueryResponse, Question, ResponseSeries } from './query-response.ts';

const RELATIVE_TOLERANCE = 1e-9;
const OMITTED = /^(\d+) more (?:warning|info) annotations omitted$/;
const GOT_NUMBER = /got (-?\d[\d.e+-]*)/;
const SORTED_BY_VALUE = /^(sort|sort_desc|topk|bottomk)\(/;
const SORTED_BY_LABEL = /^sort_by_label(_desc)?\(/;
/** `{a="b"}` in messages, label values that hold braces included. */
const LABEL_SETS = /\{(?:[^{}"]|"(?:[^"\\]|\\.)*")*\}/g;
const IS_AMBIGUOUS = /^(found duplicate series for the match group|multiple matches for labels)/;

/** @returns sentences; none when the answers are the same */
export function responseDifferences(
  { query, time }: Question,
  actual: QueryResponse,
  expected: QueryResponse,
): string[] {
  const isRange = 'startS' in time;
  const found = [
    ...textDifference('HTTP status', String(actual.httpStatus), String(expected.httpStatus)),
    ...textDifference('status', actual.status, expected.status),
    ...textDifference('error type', actual.errorType, expected.errorType),
    ...textDifference('error', withoutChance(actual.error, isRange), withoutChance(expected.error, isRange)),
    ...annotationDifferences('warning', actual.warnings, expected.warnings),
    ...annotationDifferences('info', actual.infos, expected.infos),
  ];
  const { data } = actual;
  if (data === undefined || expected.data === undefined) return found;
  found.push(...textDifference('result type', data.resultType, expected.data.resultType));
  if (data.resultType !== expected.data.resultType) return found;
  found.push(...resultDifferences(data, expected.data));
  if (found.length === 0) found.push(...orderDifferences(query, data, expected.data));
  return found;
}

function textDifference(what: string, actual: string | undefined, expected: string | undefined): string[] {
  if (actual === expected) return [];
  return [`${what}: ${actual ?? 'none'}, want ${expected ?? 'none'}`];
}

/** Of a range query that is ambiguous at several steps, either error may be told. */
function withoutChance(error: string | undefined, isRange: boolean): string | undefined {
  if (error === undefined || !IS_AMBIGUOUS.test(error)) return error;
  return isRange ? 'ambiguous' : error.replaceAll(LABEL_SETS, '{…}');
}

function annotationDifferences(
  what: string,
  actual: readonly string[] = [],
  expected: readonly string[] = [],
): string[] {
  if ([...actual, ...expected].some((text) => OMITTED.test(text))) {
    return textDifference(`number of ${what}s`, String(countOf(actual)), String(countOf(expected)));
  }
  const missing = new Map(expected.map(splitPosition));
  const found: string[] = [];
  for (const [sentence, position] of new Map(actual.map(splitPosition))) {
    const wanted = missing.get(sentence);
    missing.delete(sentence);
    if (wanted === position) continue;
    if (wanted === undefined) found.push(`extra ${what}: ${sentence} ${position}`);
    else found.push(`position of ${what}: ${sentence}: ${position}, want ${wanted}`);
  }
  for (const [sentence, position] of missing) found.push(`missing ${what}: ${sentence} ${position}`);
  return found;
}

/** `[sentence, position]` of an annotation. Computed numbers in it count to the digits that are compared. */
function splitPosition(text: string): [string, string] {
  const [, sentence = text, position = ''] = /^(.*) (\(\d+:\d+\))$/s.exec(text) ?? [];
  const rounded = sentence.replace(
    GOT_NUMBER,
    (_text, number: string) => `got ${Number(number).toPrecision(12)}`,
  );
  return [rounded, position];
}

/** Those that are not shown included. */
function countOf(annotations: readonly string[]): number {
  let count = annotations.length;
  for (const text of annotations) {
    const omitted = OMITTED.exec(text)?.[1];
    if (omitted !== undefined) count += Number(omitted) - 1;
  }
  return count;
}

type ResponseData = NonNullable<QueryResponse['data']>;

function resultDifferences(actual: ResponseData, expected: ResponseData): string[] {
  const actualSeries = seriesOf(actual);
  const expectedSeries = seriesOf(expected);
  const found = seriesDifferences(actualSeries, expectedSeries, sampleDifferences);
  const labelSets = new Set(actualSeries.map(keyOf));
  if (labelSets.size !== actualSeries.length) found.push('a label set stands twice in the answer');
  return found;
}

/** Of series with equal values the order is not defined. */
function orderDifferences(query: string, actual: ResponseData, expected: ResponseData): string[] {
  const isByValue = actual.resultType === 'vector' && SORTED_BY_VALUE.test(query);
  const isByLabel = actual.resultType === 'matrix' || SORTED_BY_LABEL.test(query);
  if (!isByValue && !isByLabel) return [];
  const orderOf = (data: ResponseData): string => {
    const series = seriesOf(data);
    return series.map((each) => (isByValue ? valueOf(each) : keyOf(each))).join(' ');
  };
  return textDifference('order', orderOf(actual), orderOf(expected));
}

function valueOf({ value }: ResponseSeries): string {
  return Number(value?.[1].replace('Inf', 'Infinity')).toPrecision(9);
}

function seriesOf({ resultType, result }: ResponseData): readonly ResponseSeries[] {
  if (resultType !== 'scalar' && resultType !== 'string') return result as readonly ResponseSeries[];
  return [{ metric: {}, value: result as readonly [number, string] }];
}

function sampleDifferences(key: string, actual: ResponseSeries, expected: ResponseSeries): string[] {
  const floats = pointDifferences(
    key,
    actual.values ?? (actual.value ? [actual.value] : []),
    expected.values ?? (expected.value ? [expected.value] : []),
    isSameFloat,
  );
  const histograms = pointDifferences(
    `${key} (histograms)`,
    actual.histograms ?? (actual.histogram ? [actual.histogram] : []),
    expected.histograms ?? (expected.histogram ? [expected.histogram] : []),
    isSameHistogram,
  );
  return [...floats, ...histograms];
}

function pointDifferences<T>(
  key: string,
  actual: readonly (readonly [number, T])[],
  expected: readonly (readonly [number, T])[],
  isSame: (actual: T, expected: T) => boolean,
): string[] {
  const actualByTime = new Map(actual);
  const expectedByTime = new Map(expected);
  const extra = actual.filter(([timeS]) => !expectedByTime.has(timeS));
  const missing = expected.filter(([timeS]) => !actualByTime.has(timeS));
  const found: string[] = [];
  if (extra.length > 0) found.push(`${key}: extra points at ${timesOf(extra)}`);
  if (missing.length > 0) found.push(`${key}: missing points at ${timesOf(missing)}`);
  for (const [timeS, value] of expected) {
    const other = actualByTime.get(timeS);
    if (other !== undefined && !isSame(other, value)) {
      found.push(`${key} at ${timeS}: ${shown(other)}, want ${shown(value)}`);
    }
  }
  return found;
}

function timesOf(points: readonly (readonly [number, unknown])[]): string {
  return points.map(([timeS]) => timeS).join(' ');
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function isSameFloat(actual: string, expected: string): boolean {
  return isSameValue(actual, expected, RELATIVE_TOLERANCE);
}

function isSameHistogram(actual: BucketHistogram, expected: BucketHistogram): boolean {
  const actualBuckets = actual.buckets ?? [];
  const expectedBuckets = expected.buckets ?? [];
  if (!isSameFloat(actual.count, expected.count) || !isSameFloat(actual.sum, expected.sum)) return false;
  if (actualBuckets.length !== expectedBuckets.length) return false;
  return expectedBuckets.every(([boundaries, lower, upper, count], index) => {
    const other = actualBuckets[index];
    return (
      other !== undefined &&
      other[0] === boundaries &&
      isSameFloat(other[1], lower) &&
      isSameFloat(other[2], upper) &&
      isSameFloat(other[3], count)
    );
  });
}
