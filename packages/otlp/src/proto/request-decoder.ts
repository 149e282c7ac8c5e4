/**
 * `ExportMetricsServiceRequest` from protobuf: the messages around data points. The numbers are those of the
 * published schema (opentelemetry.proto, collector.metrics.v1 and metrics.v1). Of a field that is there twice the
 * last counts, and of a `oneof` the last as well.
 */
import { errorMessage, PromontoryError } from '@promontory/base';
import { DEFAULT_OTLP_DECODE_LIMITS, DecodeBudget, type OtlpDecodeLimits } from '../decode-limits.ts';
import {
  type OtlpAttribute,
  type OtlpMetric,
  type OtlpMetricData,
  type OtlpRequest,
  type OtlpResourceMetrics,
  type OtlpScopeMetrics,
  type OtlpTemporality,
  TEMPORALITIES,
} from '../request.ts';
import { readAttribute } from './attribute-reader.ts';
import { invalidProtobuf, MessageSource } from './message-source.ts';
import {
  readExponentialPoint,
  readHistogramPoint,
  readNumberPoint,
  readSummaryPoint,
} from './point-reader.ts';

/**
 * @param bytes uncompressed; not kept
 * @throws PromontoryError ERR_OTLP_PROTOBUF_INVALID, ERR_OTLP_DEPTH_MAX (bad-data); ERR_OTLP_DATA_POINTS_MAX,
 * ERR_OTLP_MESSAGES_MAX (too-large)
 */
export function decodeRequestProtobuf(
  bytes: Uint8Array,
  limits: OtlpDecodeLimits = DEFAULT_OTLP_DECODE_LIMITS,
): OtlpRequest {
  try {
    return readRequest(new MessageSource(bytes, new DecodeBudget(limits)));
  } catch (cause) {
    if (cause instanceof PromontoryError) throw cause;
    throw invalidProtobuf(errorMessage(cause), cause);
  }
}

function readRequest(source: MessageSource): OtlpRequest {
  const end = source.beginBody();
  const resources: OtlpResourceMetrics[] = [];
  while (source.next(end)) {
    if (source.field === 1) resources.push(readResourceMetrics(source));
    else source.skip();
  }
  return { resources };
}

function readResourceMetrics(source: MessageSource): OtlpResourceMetrics {
  const end = source.begin();
  let attributes: readonly OtlpAttribute[] = [];
  const scopes: OtlpScopeMetrics[] = [];
  while (source.next(end)) {
    switch (source.field) {
      case 1:
        attributes = readResource(source);
        break;
      case 2:
        scopes.push(readScopeMetrics(source));
        break;
      default:
        source.skip();
    }
  }
  return { attributes, scopes };
}

function readResource(source: MessageSource): OtlpAttribute[] {
  const end = source.begin();
  const attributes: OtlpAttribute[] = [];
  while (source.next(end)) {
    if (source.field === 1) attributes.push(readAttribute(source));
    else source.skip();
  }
  return attributes;
}

function readScopeMetrics(source: MessageSource): OtlpScopeMetrics {
  const end = source.begin();
  let scope = { name: '', version: '', attributes: [] as readonly OtlpAttribute[] };
  let schemaUrl = '';
  const metrics: OtlpMetric[] = [];
  while (source.next(end)) {
    switch (source.field) {
      case 1:
        scope = readScope(source);
        break;
      case 2:
        metrics.push(readMetric(source));
        break;
      case 3:
        schemaUrl = source.string();
        break;
      default:
        source.skip();
    }
  }
  return { ...scope, schemaUrl, metrics };
}

function readScope(source: MessageSource): { name: string; version: string; attributes: OtlpAttribute[] } {
  const end = source.begin();
  const scope = { name: '', version: '', attributes: [] as OtlpAttribute[] };
  while (source.next(end)) {
    switch (source.field) {
      case 1:
        scope.name = source.string();
        break;
      case 2:
        scope.version = source.string();
        break;
      case 3:
        scope.attributes.push(readAttribute(source));
        break;
      default:
        source.skip();
    }
  }
  return scope;
}

function readMetric(source: MessageSource): OtlpMetric {
  const end = source.begin();
  let name = '';
  let description = '';
  let unit = '';
  let data: OtlpMetricData | null = null;
  while (source.next(end)) {
    switch (source.field) {
      case 1:
        name = source.string();
        break;
      case 2:
        description = source.string();
        break;
      case 3:
        unit = source.string();
        break;
      default:
        data = readData(source) ?? data;
    }
  }
  return { name, description, unit, data };
}

/** @returns null, and skips the field, when it is of no kind that is known */
function readData(source: MessageSource): OtlpMetricData | null {
  switch (source.field) {
    case 5:
      return { kind: 'gauge', points: readPoints(source, readNumberPoint).points };
    case 7:
      return { kind: 'sum', ...readPoints(source, readNumberPoint) };
    case 9: {
      const { points, temporality } = readPoints(source, readHistogramPoint);
      return { kind: 'histogram', points, temporality };
    }
    case 10: {
      const { points, temporality } = readPoints(source, readExponentialPoint);
      return { kind: 'exponential-histogram', points, temporality };
    }
    case 11:
      return { kind: 'summary', points: readPoints(source, readSummaryPoint).points };
    default:
      source.skip();
      return null;
  }
}

interface Points<Point> {
  readonly points: Point[];
  readonly temporality: OtlpTemporality;
  readonly isMonotonic: boolean;
}

/** All kinds of data have points as field 1; what else there is has the same number in those that have it. */
function readPoints<Point>(
  source: MessageSource,
  readPoint: (source: MessageSource) => Point,
): Points<Point> {
  const end = source.begin();
  const points: Point[] = [];
  let temporality: OtlpTemporality = 'unspecified';
  let isMonotonic = false;
  while (source.next(end)) {
    switch (source.field) {
      case 1:
        source.budget.takeDataPoint();
        points.push(readPoint(source));
        break;
      case 2:
        temporality = TEMPORALITIES[source.uint32()] ?? 'unspecified';
        break;
      case 3:
        isMonotonic = source.bool();
        break;
      default:
        source.skip();
    }
  }
  return { points, temporality, isMonotonic };
}
