/**
 * `load_with_nhcb`: classic histograms (`x_bucket`, `x_count` and `x_sum` series) once more as native histograms
 * with custom buckets (`x`), as Prometheus converts them (util/convertnhcb).
 *
 * The samples of one time make one histogram. Without `x_count` the highest bucket counts all; without a bucket
 * `+Inf` there is one up to the count; without `x_sum` the sum is 0. A count that is not that of the highest bucket,
 * and buckets that do not rise, are errors.
 */
import {
  bucketsOf,
  CUSTOM_BUCKETS_SCHEMA,
  emptyBuckets,
  METRIC_NAME,
  type Labels,
  type NativeHistogram,
} from '@promontory/model';
import { parseScriptNumber } from './number-notation.ts';
import { scriptError } from './script-error.ts';
import type { LoadedSeries } from './script.ts';

const CLASSIC_NAME = /^(.*)_(bucket|count|sum)$/s;
const BUCKET_LABEL = 'le';

interface ClassicHistogram {
  /** Upper bound → cumulative count. */
  readonly buckets: Map<number, number>;
  count: number | null;
  sum: number;
}

interface ClassicSeries {
  readonly labels: Labels;
  readonly byTimeMs: Map<number, ClassicHistogram>;
}

/**
 * @param series any series; what is no part of a classic histogram is ignored
 * @throws PromontoryError ERR_CONFORMANCE_SCRIPT
 */
export function customBucketSeries(series: readonly LoadedSeries[]): LoadedSeries[] {
  const classic = new Map<string, ClassicSeries>();
  for (const one of series) collect(one, classic);
  return [...classic.values()].map(({ labels, byTimeMs }) => ({
    labels,
    samples: [...byTimeMs]
      .sort(([left], [right]) => left - right)
      .map(([timestampMs, histogram]) => ({
        timestampMs,
        value: convert(labels, histogram),
        startTimestampMs: undefined,
      })),
  }));
}

function collect({ labels, samples }: LoadedSeries, classic: Map<string, ClassicSeries>): void {
  const [, name, part] = CLASSIC_NAME.exec(labels.get(METRIC_NAME)) ?? [];
  if (name === undefined) return;
  const bound = part === 'bucket' ? parseBound(labels) : 0;
  if (Number.isNaN(bound)) return;
  const base = labels.with(METRIC_NAME, name).with(BUCKET_LABEL, '');
  const target = classic.get(base.key) ?? { labels: base, byTimeMs: new Map() };
  classic.set(base.key, target);
  for (const { timestampMs, value } of samples) {
    if (typeof value === 'object') continue;
    if (typeof value === 'symbol') throw scriptError(`${labels.toString()}: staleness cannot be converted`);
    const histogram = target.byTimeMs.get(timestampMs) ?? { buckets: new Map(), count: null, sum: 0 };
    target.byTimeMs.set(timestampMs, histogram);
    if (part === 'count') histogram.count = value;
    else if (part === 'sum') histogram.sum = value;
    // A bound may be written in several ways: what came first counts.
    else if (!histogram.buckets.has(bound)) histogram.buckets.set(bound, value);
  }
}

/** @returns NaN for a bucket whose bound is no number: it is left out */
function parseBound(labels: Labels): number {
  if (!labels.has(BUCKET_LABEL)) throw scriptError(`${labels.toString()} has no label le`);
  return parseScriptNumber(labels.get(BUCKET_LABEL)) ?? NaN;
}

function convert(labels: Labels, classic: ClassicHistogram): NativeHistogram {
  const cumulative = [...classic.buckets].sort(([left], [right]) => left - right);
  const count = classic.count ?? cumulative.at(-1)?.[1];
  if (count === undefined) throw scriptError(`${labels.toString()} has neither buckets nor a count`);
  if (cumulative.at(-1)?.[0] !== Infinity) cumulative.push([Infinity, count]);
  const last = cumulative.at(-1)?.[1];
  if (last !== count)
    throw scriptError(`${labels.toString()} counts ${count}, and ${last} in its highest bucket`);
  const inBucket = cumulative.map(([, upTo], index) => upTo - (cumulative[index - 1]?.[1] ?? 0));
  if (inBucket.some((own) => own < 0))
    throw scriptError(`the buckets of ${labels.toString()} are not cumulative`);
  const filled = inBucket.flatMap((own, index) => (own === 0 ? [] : [index]));
  return {
    isInteger: false,
    counterResetHint: 'unknown',
    schema: CUSTOM_BUCKETS_SCHEMA,
    zeroThreshold: 0,
    zeroCount: 0,
    count,
    sum: classic.sum,
    isStale: false,
    positive: bucketsOf(
      filled,
      filled.map((index) => inBucket[index] ?? 0),
    ),
    negative: emptyBuckets(),
    customValues: Float64Array.from(cumulative.slice(0, -1).map(([bound]) => bound)),
  };
}
