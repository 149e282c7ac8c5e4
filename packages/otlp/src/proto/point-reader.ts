/** The four kinds of data points, and exemplars. */
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
import { readAttribute } from './attribute-reader.ts';
import { invalidProtobuf, type MessageSource } from './message-source.ts';

/** What all data points have: their times stand in fields 2 and 3 of each kind. */
interface CommonFields {
  attributes: OtlpAttribute[];
  timestampMs: number;
  startTimestampMs: number;
  isStale: boolean;
}

function commonFields(): CommonFields {
  return { attributes: [], timestampMs: 0, startTimestampMs: 0, isStale: false };
}

interface CommonFieldNumbers {
  readonly attributes: number;
  readonly flags: number;
}

const NUMBER_FIELDS: CommonFieldNumbers = { attributes: 7, flags: 8 };
const HISTOGRAM_FIELDS: CommonFieldNumbers = { attributes: 9, flags: 10 };
const EXPONENTIAL_FIELDS: CommonFieldNumbers = { attributes: 1, flags: 10 };
const SUMMARY_FIELDS: CommonFieldNumbers = { attributes: 7, flags: 8 };

/** Reads the current field when all kinds have it, and skips it otherwise. */
function readCommonField(source: MessageSource, common: CommonFields, numbers: CommonFieldNumbers): void {
  if (source.field === 2) common.startTimestampMs = source.timestampMs();
  else if (source.field === 3) common.timestampMs = source.timestampMs();
  else if (source.field === numbers.attributes) common.attributes.push(readAttribute(source));
  else if (source.field === numbers.flags) common.isStale ||= (source.uint32() & 1) === 1;
  else source.skip();
}

export function readNumberPoint(source: MessageSource): OtlpNumberPoint {
  const end = source.begin();
  const common = commonFields();
  const exemplars: OtlpExemplar[] = [];
  let value = 0;
  let isStaleValue = false;
  while (source.next(end)) {
    switch (source.field) {
      case 4:
        value = source.double();
        isStaleValue = source.isStaleDouble;
        break;
      case 5:
        exemplars.push(readExemplar(source));
        break;
      case 6:
        value = source.sfixed64();
        isStaleValue = false;
        break;
      default:
        readCommonField(source, common, NUMBER_FIELDS);
    }
  }
  return { ...common, isStale: common.isStale || isStaleValue, value, exemplars };
}

export function readHistogramPoint(source: MessageSource): OtlpHistogramPoint {
  const end = source.begin();
  const common = commonFields();
  const exemplars: OtlpExemplar[] = [];
  const bucketCounts: number[] = [];
  const explicitBounds: number[] = [];
  let count = 0;
  let sum: number | null = null;
  let isStaleSum = false;
  while (source.next(end)) {
    switch (source.field) {
      case 4:
        count = source.fixed64();
        break;
      case 5:
        sum = source.double();
        isStaleSum = source.isStaleDouble;
        break;
      case 6:
        source.fixed64sTo(bucketCounts);
        break;
      case 7:
        source.doublesTo(explicitBounds);
        break;
      case 8:
        exemplars.push(readExemplar(source));
        break;
      default:
        readCommonField(source, common, HISTOGRAM_FIELDS);
    }
  }
  const isStale = common.isStale || isStaleSum;
  return { ...common, isStale, count, sum, bucketCounts, explicitBounds, exemplars };
}

export function readExponentialPoint(source: MessageSource): OtlpExponentialPoint {
  const end = source.begin();
  const common = commonFields();
  const exemplars: OtlpExemplar[] = [];
  const numbers = { count: 0, scale: 0, zeroCount: 0, zeroThreshold: 0 };
  let positive: OtlpExponentialBuckets = { offset: 0, counts: [] };
  let negative = positive;
  let sum: number | null = null;
  let isStaleSum = false;
  while (source.next(end)) {
    switch (source.field) {
      case 4:
        numbers.count = source.fixed64();
        break;
      case 5:
        sum = source.double();
        isStaleSum = source.isStaleDouble;
        break;
      case 6:
        numbers.scale = source.sint32();
        break;
      case 7:
        numbers.zeroCount = source.fixed64();
        break;
      case 8:
        positive = readBuckets(source);
        break;
      case 9:
        negative = readBuckets(source);
        break;
      case 11:
        exemplars.push(readExemplar(source));
        break;
      case 14:
        numbers.zeroThreshold = source.double();
        break;
      default:
        readCommonField(source, common, EXPONENTIAL_FIELDS);
    }
  }
  const isStale = common.isStale || isStaleSum;
  return { ...common, isStale, ...numbers, sum, positive, negative, exemplars };
}

function readBuckets(source: MessageSource): OtlpExponentialBuckets {
  const end = source.begin();
  const counts: number[] = [];
  let offset = 0;
  while (source.next(end)) {
    if (source.field === 1) offset = source.sint32();
    else if (source.field === 2) source.uint64sTo(counts);
    else source.skip();
  }
  return { offset, counts };
}

export function readSummaryPoint(source: MessageSource): OtlpSummaryPoint {
  const end = source.begin();
  const common = commonFields();
  const quantiles: { quantile: number; value: number }[] = [];
  let count = 0;
  let sum = 0;
  let isStaleSum = false;
  while (source.next(end)) {
    switch (source.field) {
      case 4:
        count = source.fixed64();
        break;
      case 5:
        sum = source.double();
        isStaleSum = source.isStaleDouble;
        break;
      case 6:
        quantiles.push(readQuantile(source));
        break;
      default:
        readCommonField(source, common, SUMMARY_FIELDS);
    }
  }
  return { ...common, isStale: common.isStale || isStaleSum, count, sum, quantiles };
}

function readQuantile(source: MessageSource): { quantile: number; value: number } {
  const end = source.begin();
  const read = { quantile: 0, value: 0 };
  while (source.next(end)) {
    if (source.field === 1) read.quantile = source.double();
    else if (source.field === 2) read.value = source.double();
    else source.skip();
  }
  return read;
}

function readExemplar(source: MessageSource): OtlpExemplar {
  const end = source.begin();
  const attributes: OtlpAttribute[] = [];
  const read = { timestampMs: 0, value: null as number | null, traceId: '', spanId: '' };
  while (source.next(end)) {
    switch (source.field) {
      case 2:
        read.timestampMs = source.timestampMs();
        break;
      case 3:
        read.value = source.double();
        break;
      case 4:
        read.spanId = idOf(source, spanIdOf);
        break;
      case 5:
        read.traceId = idOf(source, traceIdOf);
        break;
      case 6:
        read.value = source.sfixed64();
        break;
      case 7:
        attributes.push(readAttribute(source));
        break;
      default:
        source.skip();
    }
  }
  return { ...read, attributes };
}

function idOf(source: MessageSource, idFromHex: (hex: string) => string | null): string {
  const hex = Buffer.from(source.bytes()).toString('hex');
  const id = idFromHex(hex);
  if (id === null) throw invalidProtobuf(`an exemplar has a trace or span id of ${hex.length / 2} bytes`);
  return id;
}
