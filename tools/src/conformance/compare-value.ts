/** The value of an eval against what the script expects; each check returns the complaint, or null. */
import { unreachable } from '@promontory/base';
import { compareLabels, histogramText, type NativeHistogram } from '@promontory/model';
import type { MatrixSeries, QueryValue, VectorSample } from '@promontory/promql';
import { almostEqual } from './almost-equal.ts';
import { differenceOfHistograms } from './compare-histograms.ts';
import type { EvalCommand, EvalTimes, ExpectedSeries, SequenceItem } from './script.ts';

const DESCRIBED_POINTS_MAX = 30;

/** @param value of the query as the command asks it, or the same as a step of a range query */
export function compareValue(command: EvalCommand, value: QueryValue): string | null {
  const { scalar, string } = command.expectations;
  if (string !== null && value.type !== 'string') return `expected a string, got a ${value.type}`;
  if (scalar !== null && value.type !== 'scalar') return `expected the scalar ${scalar}, got a ${value.type}`;
  switch (value.type) {
    case 'scalar':
      if (scalar === null) return `expected a vector or matrix, got the scalar ${value.value}`;
      return almostEqual(scalar, value.value) ? null : `expected ${scalar}, got ${value.value}`;
    case 'string':
      return string === value.value
        ? null
        : `expected ${string === null ? 'no string' : JSON.stringify(string)}, got the string ${JSON.stringify(value.value)}`;
    case 'vector':
      return compareVector(command, value.samples);
    case 'matrix':
      return compareMatrix(command, value.series);
    default:
      return unreachable(value);
  }
}

function compareVector(command: EvalCommand, samples: readonly VectorSample[]): string | null {
  if (command.rangeVector !== null) return 'expected a range vector, got an instant vector';
  const expected = new Map(command.series.map((series) => [series.labels.key, series]));
  const order = [...expected.keys()];
  const seen = new Set<string>();
  for (const [position, { labels, value, histogram }] of samples.entries()) {
    const name = labels.toString();
    const items = expected.get(labels.key)?.items;
    if (items === undefined) return `unexpected series ${name} ${sampleText(value, histogram)}`;
    if (seen.has(labels.key)) return `series ${name} came twice`;
    seen.add(labels.key);
    if (command.expectations.ordered && order[position] !== labels.key) {
      return `series ${name} came at position ${position + 1}, expected ${order.indexOf(labels.key) + 1}`;
    }
    const complaint = compareSample(items[0] ?? { kind: 'omitted' }, value, histogram);
    if (complaint !== null) return `series ${name}: ${complaint}`;
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

/** @param histogram null when the sample is a float */
function compareSample(
  expected: SequenceItem,
  value: number,
  histogram: NativeHistogram | null,
): string | null {
  const got = `got ${sampleText(value, histogram)}`;
  if (expected.kind === 'omitted') return `expected no sample, ${got}`;
  if (expected.kind === 'histogram') {
    const wanted = histogramText(expected.histogram);
    if (histogram === null) return `expected the histogram ${wanted}, ${got}`;
    const difference = differenceOfHistograms(expected, histogram);
    return difference === null ? null : `expected ${wanted}, ${got}: ${difference}`;
  }
  const wanted = expected.kind === 'stale' ? NaN : expected.value;
  return histogram === null && almostEqual(wanted, value) ? null : `expected ${wanted}, ${got}`;
}

function compareMatrix(command: EvalCommand, matrix: readonly MatrixSeries[]): string | null {
  if (command.expectations.ordered) return 'expected an ordered result, got a matrix';
  const unsorted = matrix.some(
    ({ labels }, index) => index > 0 && compareLabels(matrix[index - 1]?.labels ?? labels, labels) >= 0,
  );
  if (unsorted) return 'the matrix is not sorted by labels';
  const expected = new Map(command.series.map((series) => [series.labels.key, series]));
  const seen = new Set<string>();
  for (const series of matrix) {
    const wanted = expected.get(series.labels.key);
    if (wanted === undefined) return `unexpected series ${series.labels.toString()} ${seriesText(series)}`;
    seen.add(series.labels.key);
    const complaint = compareSeries(series, wanted, command.rangeVector ?? command.times);
    if (complaint !== null) {
      return `series ${series.labels.toString()}: ${complaint}; it has ${seriesText(series)}`;
    }
  }
  return missingSeries(expected, seen);
}

function compareSeries(series: MatrixSeries, expected: ExpectedSeries, times: EvalTimes): string | null {
  let floatCount = 0;
  let histogramCount = 0;
  for (const [index, item] of expected.items.entries()) {
    const timestampMs = times.startMs + index * times.stepMs;
    if (timestampMs > times.endMs) return 'more points are expected than the range can have';
    if (item.kind === 'omitted') continue;
    const isHistogram = item.kind === 'histogram';
    const point = isHistogram ? histogramAt(series, histogramCount++) : floatAt(series, floatCount++);
    if (point?.timestampMs !== timestampMs) {
      return `expected a ${isHistogram ? 'histogram' : 'float'} at ${timestampMs} ms`;
    }
    const complaint = compareSample(item, point.value, point.histogram);
    if (complaint !== null) return `at ${timestampMs} ms: ${complaint}`;
  }
  const isComplete = floatCount === series.count && histogramCount === series.histograms.length;
  return isComplete ? null : `expected ${floatCount} floats and ${histogramCount} histograms`;
}

interface Point {
  readonly timestampMs: number;
  readonly value: number;
  readonly histogram: NativeHistogram | null;
}

function floatAt({ timestampMs, value, count }: MatrixSeries, index: number): Point | null {
  if (index >= count) return null;
  return { timestampMs: timestampMs[index] ?? NaN, value: value[index] ?? NaN, histogram: null };
}

function histogramAt({ histograms }: MatrixSeries, index: number): Point | null {
  const sample = histograms[index];
  return sample === undefined ? null : { ...sample, value: NaN };
}

function sampleText(value: number, histogram: NativeHistogram | null): string {
  return histogram === null ? String(value) : histogramText(histogram);
}

function seriesText({ timestampMs, value, count, histograms }: MatrixSeries): string {
  const floats = Array.from({ length: count }, (_, index) => `${value[index]}@${timestampMs[index]}`);
  const points = [
    ...floats,
    ...histograms.map((sample) => `${histogramText(sample.histogram)}@${sample.timestampMs}`),
  ];
  const rest = points.length > DESCRIBED_POINTS_MAX ? ' …' : '';
  return `[${points.slice(0, DESCRIBED_POINTS_MAX).join(' ')}${rest}]`;
}
