/**
 * A native histogram as Prometheus prints it beside a timestamp: `{"count":"6","sum":"18.4","buckets":[…]}`, each
 * bucket as `[boundaries,"lower","upper","count"]`, the empty ones left out.
 */
import type { HistogramSample, NativeHistogram } from '@promontory/model';
import { forEachBucket } from '@promontory/promql';
import type { JsonWriter } from './json-writer.ts';

/** `[timestamp,{…}]` */
export function writeHistogramSample(writer: JsonWriter, { timestampMs, histogram }: HistogramSample): void {
  writer.raw('[');
  writer.timestamp(timestampMs);
  writer.raw(',');
  writeHistogram(writer, histogram);
  writer.raw(']');
}

function writeHistogram(writer: JsonWriter, histogram: NativeHistogram): void {
  writer.raw('{"count":');
  writer.number(histogram.count);
  writer.raw(',"sum":');
  writer.number(histogram.sum);
  let isFirst = true;
  forEachBucket(histogram, (lower, upper, count, lowerInclusive, upperInclusive) => {
    if (count === 0) return;
    writer.raw(isFirst ? ',"buckets":[[' : ',[');
    isFirst = false;
    writer.raw(`${boundaries(lowerInclusive, upperInclusive)},`);
    writer.number(lower);
    writer.raw(',');
    writer.number(upper);
    writer.raw(',');
    writer.number(count);
    writer.raw(']');
  });
  writer.raw(isFirst ? '}' : ']}');
}

/** 0: open on the left, 1: open on the right, 2: open on both sides, 3: closed on both sides. */
function boundaries(lowerInclusive: boolean, upperInclusive: boolean): number {
  if (lowerInclusive) return upperInclusive ? 3 : 1;
  return upperInclusive ? 0 : 2;
}
