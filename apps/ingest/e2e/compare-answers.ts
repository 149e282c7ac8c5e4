/** Where two answers differ: series by series, point by point. */
import type { Answer, Series } from './prometheus-api.ts';

const RELATIVE_TOLERANCE = 1e-12;
const DIFFERENCES_SHOWN_MAX = 5;

/** @returns at most a few sentences; none when the answers are the same */
export function differences(actual: Answer, expected: Answer): string[] {
  if (actual.resultType !== expected.resultType) {
    return [`result type ${actual.resultType}, want ${expected.resultType}`];
  }
  const found = seriesDifferences(actual.series, expected.series, pointDifferences);
  return found.slice(0, DIFFERENCES_SHOWN_MAX);
}

interface Labelled {
  readonly metric: Readonly<Record<string, string>>;
}

/** @param compare says where series with the same labels differ */
export function seriesDifferences<T extends Labelled>(
  actual: readonly T[],
  expected: readonly T[],
  compare: (key: string, actual: T, expected: T) => string[],
): string[] {
  const actualByKey = new Map(actual.map((series) => [keyOf(series), series]));
  const expectedByKey = new Map(expected.map((series) => [keyOf(series), series]));
  const found: string[] = [];
  for (const key of actualByKey.keys()) {
    if (!expectedByKey.has(key)) found.push(`extra series ${key}`);
  }
  for (const [key, series] of expectedByKey) {
    const other = actualByKey.get(key);
    if (other === undefined) found.push(`missing series ${key}`);
    else found.push(...compare(key, other, series));
  }
  return found;
}

export function keyOf({ metric }: Labelled): string {
  const labels = Object.entries(metric).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `{${labels.sort().join(', ')}}`;
}

/** Equal as numbers within the tolerance; NaN equals NaN, infinities only themselves. */
export function isSameValue(
  actual: string,
  expected: string,
  relativeTolerance = RELATIVE_TOLERANCE,
): boolean {
  const left = Number(actual.replace('Inf', 'Infinity'));
  const right = Number(expected.replace('Inf', 'Infinity'));
  if (Object.is(left, right) || left === right) return true;
  if (!Number.isFinite(left) || !Number.isFinite(right)) return false;
  return Math.abs(left - right) <= relativeTolerance * Math.max(Math.abs(left), Math.abs(right));
}

function pointDifferences(key: string, actual: Series, expected: Series): string[] {
  const actualPoints = actual.values ?? (actual.value ? [actual.value] : []);
  const expectedPoints = expected.values ?? (expected.value ? [expected.value] : []);
  const timesOf = (points: typeof actualPoints): string => points.map(([timeS]) => timeS).join(' ');
  if (timesOf(actualPoints) !== timesOf(expectedPoints)) {
    return [`${key}: points at ${timesOf(actualPoints)}, want ${timesOf(expectedPoints)}`];
  }
  return actualPoints.flatMap(([timeS, value], index) => {
    const wanted = expectedPoints[index]?.[1] ?? '';
    return isSameValue(value, wanted) ? [] : [`${key} at ${timeS}: ${value}, want ${wanted}`];
  });
}
