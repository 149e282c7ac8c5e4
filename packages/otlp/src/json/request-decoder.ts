/**
 * `ExportMetricsServiceRequest` from OTLP/JSON. Names are lowerCamelCase, ids hex, other bytes base64; members that
 * are not known are passed over. Of a `oneof` of which several are there, one counts.
 */
import { DEFAULT_OTLP_DECODE_LIMITS, DecodeBudget, type OtlpDecodeLimits } from '../decode-limits.ts';
import {
  type OtlpMetric,
  type OtlpMetricData,
  type OtlpRequest,
  type OtlpResourceMetrics,
  type OtlpScopeMetrics,
  type OtlpTemporality,
  TEMPORALITIES,
} from '../request.ts';
import { attributesMember } from './attribute-reader.ts';
import {
  asObject,
  booleanMember,
  hasMember,
  type JsonObject,
  objectMember,
  objectsMember,
  signed32Member,
  textMember,
} from './json-members.ts';
import { invalidJson, parseJsonBytes } from './json-text.ts';
import {
  exponentialPoint,
  histogramPoint,
  numberPoint,
  type PointReader,
  summaryPoint,
} from './point-reader.ts';

const TEMPORALITY_PREFIX = 'AGGREGATION_TEMPORALITY_';

/**
 * @param bytes uncompressed; not kept
 * @throws PromontoryError ERR_OTLP_JSON_INVALID, ERR_OTLP_DEPTH_MAX (bad-data); ERR_OTLP_DATA_POINTS_MAX,
 * ERR_OTLP_MESSAGES_MAX (too-large)
 */
export function decodeRequestJson(
  bytes: Uint8Array,
  limits: OtlpDecodeLimits = DEFAULT_OTLP_DECODE_LIMITS,
): OtlpRequest {
  const budget = new DecodeBudget(limits);
  const body = asObject(parseJsonBytes(bytes, budget), 'the body');
  return { resources: objectsMember(body, 'resourceMetrics', (element) => resourceMetrics(element, budget)) };
}

function resourceMetrics(object: JsonObject, budget: DecodeBudget): OtlpResourceMetrics {
  return {
    attributes: attributesMember(objectMember(object, 'resource'), 'attributes', budget),
    scopes: objectsMember(object, 'scopeMetrics', (element) => scopeMetrics(element, budget)),
  };
}

function scopeMetrics(object: JsonObject, budget: DecodeBudget): OtlpScopeMetrics {
  const scope = objectMember(object, 'scope');
  return {
    name: textMember(scope, 'name'),
    version: textMember(scope, 'version'),
    attributes: attributesMember(scope, 'attributes', budget),
    schemaUrl: textMember(object, 'schemaUrl'),
    metrics: objectsMember(object, 'metrics', (element) => metric(element, budget)),
  };
}

function metric(object: JsonObject, budget: DecodeBudget): OtlpMetric {
  return {
    name: textMember(object, 'name'),
    description: textMember(object, 'description'),
    unit: textMember(object, 'unit'),
    data: metricData(object, budget),
  };
}

function metricData(metric: JsonObject, budget: DecodeBudget): OtlpMetricData | null {
  const read = <Point>(data: JsonObject, reader: PointReader<Point>): Point[] =>
    objectsMember(data, 'dataPoints', (element) => {
      budget.takeDataPoint();
      return reader(element, budget);
    });
  if (hasMember(metric, 'gauge')) {
    return { kind: 'gauge', points: read(objectMember(metric, 'gauge'), numberPoint) };
  }
  if (hasMember(metric, 'sum')) {
    const sum = objectMember(metric, 'sum');
    const isMonotonic = booleanMember(sum, 'isMonotonic');
    return { kind: 'sum', points: read(sum, numberPoint), temporality: temporalityOf(sum), isMonotonic };
  }
  if (hasMember(metric, 'histogram')) {
    const histogram = objectMember(metric, 'histogram');
    const points = read(histogram, histogramPoint);
    return { kind: 'histogram', points, temporality: temporalityOf(histogram) };
  }
  if (hasMember(metric, 'exponentialHistogram')) {
    const histogram = objectMember(metric, 'exponentialHistogram');
    const points = read(histogram, exponentialPoint);
    return { kind: 'exponential-histogram', points, temporality: temporalityOf(histogram) };
  }
  if (!hasMember(metric, 'summary')) return null;
  return { kind: 'summary', points: read(objectMember(metric, 'summary'), summaryPoint) };
}

/** By number or name; one that is not known is unspecified. */
function temporalityOf(data: JsonObject): OtlpTemporality {
  const value = data['aggregationTemporality'];
  if (typeof value !== 'string') {
    return TEMPORALITIES[signed32Member(data, 'aggregationTemporality')] ?? 'unspecified';
  }
  if (!value.startsWith(TEMPORALITY_PREFIX)) {
    throw invalidJson('aggregationTemporality is not the name or number of one');
  }
  const name = value.slice(TEMPORALITY_PREFIX.length).toLowerCase();
  return TEMPORALITIES.find((temporality) => temporality === name) ?? 'unspecified';
}
