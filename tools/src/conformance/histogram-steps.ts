/** `{{…}}+{{…}}x3` and `{{…}}-{{…}}x3`: a histogram that grows, or shrinks, by the same step. */
import {
  bucketsOf,
  CUSTOM_BUCKETS_SCHEMA,
  reduceSchema,
  walkBuckets,
  type CounterResetHint,
  type HistogramBuckets,
  type NativeHistogram,
} from '@promontory/model';
import { scriptError } from './script-error.ts';

/**
 * @param sign what to multiply the step with: 1 or -1
 * @returns the first histogram, and one more for each step
 * @throws PromontoryError ERR_CONFORMANCE_SCRIPT when the step's resolution is coarser, or its zero bucket or its
 *   custom bounds are others
 */
export function stepHistograms(
  first: NativeHistogram,
  step: NativeHistogram,
  sign: 1 | -1,
  stepCount: number,
): NativeHistogram[] {
  checkAddable(first, step);
  const fitting = reduceSchema(step, first.schema);
  const histograms = [first];
  let current = first;
  for (let taken = 0; taken < stepCount; taken++) {
    current = addStep(current, fitting, sign);
    histograms.push(current);
  }
  return histograms;
}

function checkAddable(first: NativeHistogram, step: NativeHistogram): void {
  const isMixed = (first.schema === CUSTOM_BUCKETS_SCHEMA) !== (step.schema === CUSTOM_BUCKETS_SCHEMA);
  if (isMixed || first.schema > step.schema) {
    throw scriptError(
      `a histogram of schema ${first.schema} cannot have steps of a histogram of schema ${step.schema}`,
    );
  }
  if (first.zeroThreshold !== step.zeroThreshold) {
    throw scriptError(
      `a histogram of zero bucket width ${first.zeroThreshold} cannot have steps of width ${step.zeroThreshold}`,
    );
  }
  if (first.customValues.join(' ') !== step.customValues.join(' ')) {
    throw scriptError(
      `a histogram of bounds [${first.customValues.join(' ')}] cannot have steps of bounds [${step.customValues.join(' ')}]`,
    );
  }
}

function addStep(left: NativeHistogram, step: NativeHistogram, sign: 1 | -1): NativeHistogram {
  return {
    ...left,
    counterResetHint: hintOfSum(left.counterResetHint, step.counterResetHint),
    zeroCount: left.zeroCount + sign * step.zeroCount,
    count: left.count + sign * step.count,
    sum: left.sum + sign * step.sum,
    positive: addBuckets(left.positive, step.positive, sign),
    negative: addBuckets(left.negative, step.negative, sign),
  };
}

/** What Prometheus makes of two hints: a gauge wins, and what they do not agree on is unknown. */
function hintOfSum(left: CounterResetHint, right: CounterResetHint): CounterResetHint {
  if (left === right) return left;
  return left === 'gauge' || right === 'gauge' ? 'gauge' : 'unknown';
}

function addBuckets(left: HistogramBuckets, right: HistogramBuckets, sign: 1 | -1): HistogramBuckets {
  const counts = new Map<number, number>();
  walkBuckets(left, (bucketIndex, count) => counts.set(bucketIndex, count));
  walkBuckets(right, (bucketIndex, count) => {
    counts.set(bucketIndex, (counts.get(bucketIndex) ?? 0) + sign * count);
  });
  const sorted = [...counts].sort(([leftIndex], [rightIndex]) => leftIndex - rightIndex);
  return bucketsOf(
    sorted.map(([bucketIndex]) => bucketIndex),
    sorted.map(([, count]) => count),
  );
}
