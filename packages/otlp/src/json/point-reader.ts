/** The four kinds of data points, and exemplars. */
import type { DecodeBudget } from '../decode-limits.ts';
import { nanosecondsToMs } from '../nanoseconds.ts';
import type {
  OtlpAttribute,
  OtlpExemplar,
  OtlpExponentialBuckets,
  OtlpExponentialPoint,
  OtlpHistogramPoint,
  OtlpNumberPoint,
  OtlpSummaryPoint,
} from '../request.ts';
import { spanIdOf, traceIdOf } from '../trace-ids.ts';
import { attributesMember } from './attribute-reader.ts';
import {
  doubleMember,
  doublesMember,
  hasMember,
  type JsonObject,
  objectMember,
  objectsMember,
  signed32Member,
  signed64Member,
  textMember,
  unsigned64Member,
  unsigned64sMember,
} from './json-members.ts';
import { invalidJson } from './json-text.ts';

export type PointReader<Point> = (object: JsonObject, budget: DecodeBudget) => Point;

interface CommonFields {
  readonly attributes: readonly OtlpAttribute[];
  readonly timestampMs: number;
  readonly startTimestampMs: number;
  readonly isStale: boolean;
}

function commonFields(object: JsonObject, budget: DecodeBudget): CommonFields {
  return {
    attributes: attributesMember(object, 'attributes', budget),
    timestampMs: nanosecondsToMs(unsigned64Member(object, 'timeUnixNano')),
    startTimestampMs: nanosecondsToMs(unsigned64Member(object, 'startTimeUnixNano')),
    isStale: (unsigned64Member(object, 'flags') & 1n) === 1n,
  };
}

export function numberPoint(object: JsonObject, budget: DecodeBudget): OtlpNumberPoint {
  return {
    ...commonFields(object, budget),
    value: numberValue(object) ?? 0,
    exemplars: exemplarsMember(object, budget),
  };
}

export function histogramPoint(object: JsonObject, budget: DecodeBudget): OtlpHistogramPoint {
  return {
    ...commonFields(object, budget),
    count: Number(unsigned64Member(object, 'count')),
    sum: hasMember(object, 'sum') ? doubleMember(object, 'sum') : null,
    bucketCounts: unsigned64sMember(object, 'bucketCounts'),
    explicitBounds: doublesMember(object, 'explicitBounds'),
    exemplars: exemplarsMember(object, budget),
  };
}

export function exponentialPoint(object: JsonObject, budget: DecodeBudget): OtlpExponentialPoint {
  return {
    ...commonFields(object, budget),
    count: Number(unsigned64Member(object, 'count')),
    scale: signed32Member(object, 'scale'),
    zeroCount: Number(unsigned64Member(object, 'zeroCount')),
    zeroThreshold: doubleMember(object, 'zeroThreshold'),
    sum: hasMember(object, 'sum') ? doubleMember(object, 'sum') : null,
    positive: bucketsMember(object, 'positive'),
    negative: bucketsMember(object, 'negative'),
    exemplars: exemplarsMember(object, budget),
  };
}

export function summaryPoint(object: JsonObject, budget: DecodeBudget): OtlpSummaryPoint {
  return {
    ...commonFields(object, budget),
    count: Number(unsigned64Member(object, 'count')),
    sum: doubleMember(object, 'sum'),
    quantiles: objectsMember(object, 'quantileValues', (element) => ({
      quantile: doubleMember(element, 'quantile'),
      value: doubleMember(element, 'value'),
    })),
  };
}

function bucketsMember(object: JsonObject, name: string): OtlpExponentialBuckets {
  const buckets = objectMember(object, name);
  return { offset: signed32Member(buckets, 'offset'), counts: unsigned64sMember(buckets, 'bucketCounts') };
}

/** Of a data point or an exemplar; null when it has none. */
function numberValue(object: JsonObject): number | null {
  if (hasMember(object, 'asDouble')) return doubleMember(object, 'asDouble');
  return hasMember(object, 'asInt') ? Number(signed64Member(object, 'asInt')) : null;
}

function exemplarsMember(object: JsonObject, budget: DecodeBudget): OtlpExemplar[] {
  return objectsMember(object, 'exemplars', (element) => ({
    timestampMs: nanosecondsToMs(unsigned64Member(element, 'timeUnixNano')),
    value: numberValue(element),
    traceId: idMember(element, 'traceId', traceIdOf),
    spanId: idMember(element, 'spanId', spanIdOf),
    attributes: attributesMember(element, 'filteredAttributes', budget),
  }));
}

function idMember(object: JsonObject, name: string, idFromHex: (hex: string) => string | null): string {
  const id = idFromHex(textMember(object, name));
  if (id === null) throw invalidJson(`${name} is not the hex of an id`);
  return id;
}
