/**
 * A native histogram at a coarser resolution. One step down joins two neighbouring buckets: bucket i of schema
 * s covers (b^(i-1), b^i] with b = 2^(2^-s), so that it lies in bucket ceil(i / 2^k) of schema s - k.
 */
import { assert } from '@promontory/base';
import { bucketsOf, walkBuckets } from './histogram-buckets.ts';
import {
  CUSTOM_BUCKETS_SCHEMA,
  EXPONENTIAL_SCHEMA_MAX,
  type HistogramBuckets,
  type NativeHistogram,
} from './native-histogram.ts';

/**
 * @param histogram valid and with exponential buckets
 * @param schema at most the histogram's own
 * @returns a histogram of that schema; the argument itself when it has it already
 */
export function reduceSchema(histogram: NativeHistogram, schema: number): NativeHistogram {
  if (histogram.schema === schema) return histogram;
  assert(
    histogram.schema > schema && histogram.schema !== CUSTOM_BUCKETS_SCHEMA,
    'only exponential histograms of a finer schema can be reduced',
    { schema: histogram.schema, wanted: schema },
  );
  const ratio = 2 ** (histogram.schema - schema);
  return {
    ...histogram,
    schema,
    positive: joinBuckets(histogram.positive, ratio),
    negative: joinBuckets(histogram.negative, ratio),
  };
}

/** Histograms of a finer schema than is stored come out at the finest that is; others as they are. */
export function reduceToStoredSchema(histogram: NativeHistogram): NativeHistogram {
  return histogram.schema > EXPONENTIAL_SCHEMA_MAX
    ? reduceSchema(histogram, EXPONENTIAL_SCHEMA_MAX)
    : histogram;
}

function joinBuckets(buckets: HistogramBuckets, ratio: number): HistogramBuckets {
  const indexes: number[] = [];
  const counts: number[] = [];
  walkBuckets(buckets, (bucketIndex, count) => {
    const joined = Math.ceil(bucketIndex / ratio);
    if (indexes.at(-1) === joined) counts.push((counts.pop() ?? 0) + count);
    else {
      indexes.push(joined);
      counts.push(count);
    }
  });
  return bucketsOf(indexes, counts);
}
