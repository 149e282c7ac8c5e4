/** Where the native histograms that are stored differ from those that Prometheus answers. */
import type { HistogramSample, NativeHistogram } from '@promontory/model';
import type { StoredHistograms } from '../test/stored-histograms.ts';
import { isSameValue } from './compare-answers.ts';
import type { Answer, HistogramAnswer } from './prometheus-api.ts';

/** Histograms of the range selector `[rangeS]` at `atS`. */
export interface Window {
  readonly atS: number;
  readonly rangeS: number;
}

/**
 * @param answer of Prometheus to a range selector: series without histograms do not count
 * @returns how many histograms were compared, with how many buckets that are not empty; and sentences
 */
export function compareHistograms(
  stored: readonly StoredHistograms[],
  answer: Answer,
  window: Window,
): { readonly count: number; readonly bucketCount: number; readonly differences: readonly string[] } {
  const actual = new Map(stored.map(({ labels, samples }) => [keyOf(labels), textsOf(samples, window)]));
  const differences: string[] = [];
  let count = 0;
  let bucketCount = 0;
  for (const { metric, histograms } of answer.series) {
    if (histograms === undefined) continue;
    const key = keyOf(metric);
    const texts = actual.get(key) ?? [];
    actual.delete(key);
    for (let index = 0; index < Math.max(histograms.length, texts.length); index++) {
      const [timestampS, histogram] = histograms[index] ?? [];
      count++;
      bucketCount += histogram?.buckets?.length ?? 0;
      const found = texts[index];
      const isSame =
        found !== undefined &&
        histogram !== undefined &&
        found.timestampS === timestampS &&
        isSameHistogram(found.histogram, histogram);
      if (isSame) continue;
      differences.push(`${key}: ${JSON.stringify(found)}, want ${JSON.stringify(histograms[index])}`);
    }
  }
  for (const [key, texts] of actual) if (texts.length > 0) differences.push(`extra series ${key}`);
  return { count, bucketCount, differences };
}

interface TimedAnswer {
  readonly timestampS: number;
  readonly histogram: HistogramAnswer;
}

/** Of the window, without those that end the series. */
function textsOf(samples: readonly HistogramSample[], { atS, rangeS }: Window): TimedAnswer[] {
  return samples
    .filter(({ timestampMs }) => timestampMs > (atS - rangeS) * 1000 && timestampMs <= atS * 1000)
    .filter(({ histogram }) => !histogram.isStale)
    .map(({ timestampMs, histogram }) => ({
      timestampS: timestampMs / 1000,
      histogram: answerOf(histogram),
    }));
}

function answerOf(histogram: NativeHistogram): HistogramAnswer {
  const zeroBound = String(histogram.zeroThreshold);
  return {
    count: String(histogram.count),
    sum: String(histogram.sum),
    buckets: [
      ...bucketsOf(histogram, 'negative').toReversed(),
      ...(histogram.zeroCount === 0
        ? []
        : [[3, `-${zeroBound}`, zeroBound, String(histogram.zeroCount)] as const]),
      ...bucketsOf(histogram, 'positive'),
    ],
  };
}

type Bucket = readonly [boundaries: number, left: string, right: string, count: string];

/** Those that are not empty. Bucket i of schema s is (b^(i-1), b^i] with b = 2^(2^-s), mirrored for negative values. */
function bucketsOf(histogram: NativeHistogram, sign: 'positive' | 'negative'): Bucket[] {
  const { spanOffsets, spanLengths, counts } = histogram[sign];
  const found: Bucket[] = [];
  let bucketIndex = 0;
  let at = 0;
  for (const [span, offset] of spanOffsets.entries()) {
    bucketIndex += offset;
    for (let left = spanLengths[span] ?? 0; left > 0; left--) {
      const count = counts[at++] ?? 0;
      const [near, far] = [bucketIndex - 1, bucketIndex].map((index) =>
        String(2 ** (index * 2 ** -histogram.schema)),
      );
      bucketIndex++;
      if (count === 0) continue;
      found.push(
        sign === 'positive'
          ? [0, near ?? '', far ?? '', String(count)]
          : [1, `-${far}`, `-${near}`, String(count)],
      );
    }
  }
  return found;
}

function isSameHistogram(actual: HistogramAnswer, expected: HistogramAnswer): boolean {
  const [left, right] = [actual, expected].map(({ count, sum, buckets = [] }) => [
    count,
    sum,
    ...buckets.flat(),
  ]);
  return (
    left?.length === right?.length &&
    left?.every((value, index) => isSameValue(String(value), String(right?.[index]))) === true
  );
}

function keyOf(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .sort()
    .join(', ');
}
