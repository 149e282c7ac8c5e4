/** An eval's result against what the script expects; each check returns the complaint, or null. */
import { unreachable } from '@promontory/base';
import { compareLabels } from '@promontory/model';
import type { MatrixSeries, QueryResult, QueryValue, VectorSample } from '@promontory/promql';
import type { EvalCommand, EvalTimes, ExpectedSeries, TextExpectation } from './script.ts';

/** Relative to the sum of both magnitudes. */
const TOLERANCE = 1e-6;
const SMALLEST_NORMAL = 2.2250738585072014e-308;

export function almostEqual(left: number, right: number): boolean {
  if (Number.isNaN(left) || Number.isNaN(right)) return Number.isNaN(left) && Number.isNaN(right);
  if (left === right) return true;
  const magnitude = Math.abs(left) + Math.abs(right);
  const difference = Math.abs(left - right);
  if (left === 0 || right === 0 || magnitude < SMALLEST_NORMAL)
    return difference < TOLERANCE * SMALLEST_NORMAL;
  return difference / Math.min(magnitude, Number.MAX_VALUE) < TOLERANCE;
}

export function compareValue(command: EvalCommand, value: QueryValue): string | null {
  const { expectations } = command;
  switch (value.type) {
    case 'scalar':
      if (expectations.scalar === null) return `expected a vector or matrix, got the scalar ${value.value}`;
      return almostEqual(expectations.scalar, value.value)
        ? null
        : `expected ${expectations.scalar}, got ${value.value}`;
    case 'string':
      return expectations.string === value.value
        ? null
        : `expected the string ${JSON.stringify(expectations.string)}, got ${JSON.stringify(value.value)}`;
    case 'vector':
      return compareVector(command, value.samples);
    case 'matrix':
      return compareMatrix(command, value.series);
    default:
      return unreachable(value);
  }
}

function compareVector(command: EvalCommand, samples: readonly VectorSample[]): string | null {
  const { expectations } = command;
  if (expectations.scalar !== null) return `expected the scalar ${expectations.scalar}, got a vector`;
  const expected = new Map(command.series.map((series) => [series.labels.key, series]));
  const order = [...expected.keys()];
  const seen = new Set<string>();
  for (const [position, { labels, value }] of samples.entries()) {
    const series = expected.get(labels.key);
    if (series === undefined) return `unexpected series ${labels.toString()} ${value}`;
    if (seen.has(labels.key)) return `series ${labels.toString()} came twice`;
    seen.add(labels.key);
    if (expectations.ordered && order[position] !== labels.key) {
      return `series ${labels.toString()} came at position ${position + 1}, expected ${order.indexOf(labels.key) + 1}`;
    }
    const [item] = series.items;
    if (item?.kind !== 'value') return `expected no float for ${labels.toString()}, got ${value}`;
    if (!almostEqual(item.value, value))
      return `expected ${item.value} for ${labels.toString()}, got ${value}`;
  }
  return missingSeries(expected, seen);
}

function missingSeries(
  expected: ReadonlyMap<string, ExpectedSeries>,
  seen: ReadonlySet<string>,
): string | null {
  for (const [key, { labels }] of expected)
    if (!seen.has(key)) return `expected series ${labels.toString()} is missing`;
  return null;
}

function compareMatrix(command: EvalCommand, matrix: readonly MatrixSeries[]): string | null {
  const { expectations } = command;
  if (expectations.scalar !== null) return `expected the scalar ${expectations.scalar}, got a matrix`;
  if (expectations.ordered) return 'expected an ordered result, got a matrix';
  const unsorted = matrix.some(
    ({ labels }, index) => index > 0 && compareLabels(matrix[index - 1]?.labels ?? labels, labels) >= 0,
  );
  if (unsorted) return 'the matrix is not sorted by labels';
  const expected = new Map(command.series.map((series) => [series.labels.key, series]));
  const seen = new Set<string>();
  for (const series of matrix) {
    const wanted = expected.get(series.labels.key);
    if (wanted === undefined) return `unexpected series ${series.labels.toString()} ${describe(series)}`;
    seen.add(series.labels.key);
    const complaint = compareSeries(series, wanted, command.rangeVector ?? command.times);
    if (complaint !== null) return complaint;
  }
  return missingSeries(expected, seen);
}

function compareSeries(series: MatrixSeries, expected: ExpectedSeries, times: EvalTimes): string | null {
  const { labels } = series;
  let position = 0;
  for (const [index, item] of expected.items.entries()) {
    const timestampMs = times.startMs + index * times.stepMs;
    if (timestampMs > times.endMs)
      return `more points are expected for ${labels.toString()} than the range can have`;
    if (item.kind !== 'value') continue;
    const value = series.value[position];
    if (position >= series.count || value === undefined || series.timestampMs[position] !== timestampMs) {
      return `expected a point of ${labels.toString()} at ${timestampMs} ms, got ${describe(series)}`;
    }
    if (!almostEqual(item.value, value)) {
      return `expected ${item.value} for ${labels.toString()} at ${timestampMs} ms, got ${describe(series)}`;
    }
    position++;
  }
  return position === series.count
    ? null
    : `more points of ${labels.toString()} than expected: ${describe(series)}`;
}

function describe({ timestampMs, value, count }: MatrixSeries): string {
  const points = Array.from({ length: count }, (_, index) => `${value[index]}@${timestampMs[index]}`);
  return `[${points.slice(0, 30).join(' ')}]`;
}

export function matchesText(expected: TextExpectation, text: string): boolean {
  if (expected.kind === 'any') return true;
  return expected.kind === 'msg' ? expected.text === text : new RegExp(expected.text).test(text);
}

export function compareAnnotations(command: EvalCommand, result: QueryResult): string | null {
  const { warn, info, noWarn, noInfo } = command.expectations;
  if (noWarn && result.warnings.length > 0) return `unexpected warnings: ${result.warnings.join('; ')}`;
  if (noInfo && result.infos.length > 0) return `unexpected infos: ${result.infos.join('; ')}`;
  return compareTexts('warning', warn, result.warnings) ?? compareTexts('info', info, result.infos);
}

function compareTexts(
  kind: string,
  expected: readonly TextExpectation[],
  actual: readonly string[],
): string | null {
  if (expected.length === 0) return null;
  const missing = expected.find((expectation) => !actual.some((text) => matchesText(expectation, text)));
  if (missing !== undefined) {
    return `expected ${kind} ${missing.text || '(any)'} is missing; got ${actual.join('; ') || 'none'}`;
  }
  const unexpected = actual.find((text) => !expected.some((expectation) => matchesText(expectation, text)));
  return unexpected === undefined ? null : `unexpected ${kind}: ${unexpected}`;
}

/** The middle step of a range query, as the vector that an instant query at that time gives. */
export function vectorAt(matrix: readonly MatrixSeries[], timestampMs: number): VectorSample[] {
  return matrix.flatMap(({ labels, timestampMs: times, value, count }) => {
    const index = times.subarray(0, count).indexOf(timestampMs);
    return index < 0 ? [] : [{ labels, value: value[index] ?? NaN, histogram: null }];
  });
}
