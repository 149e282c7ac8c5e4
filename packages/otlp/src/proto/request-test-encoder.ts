/**
 * Requests for tests: written once as OTLP/JSON, encoded as either. The tables are those of the published schema,
 * with the names that OTLP/JSON has.
 */
import protobuf from 'protobufjs/light.js';

type FieldRow = readonly [name: string, id: number, type: string, rule?: 'repeated' | 'packed'];

const COMMON_TIMES: readonly FieldRow[] = [
  ['startTimeUnixNano', 2, 'fixed64'],
  ['timeUnixNano', 3, 'fixed64'],
];

const MESSAGES: Readonly<Record<string, readonly FieldRow[]>> = {
  Request: [['resourceMetrics', 1, 'ResourceMetrics', 'repeated']],
  ResourceMetrics: [
    ['resource', 1, 'Resource'],
    ['scopeMetrics', 2, 'ScopeMetrics', 'repeated'],
    ['schemaUrl', 3, 'string'],
  ],
  Resource: [
    ['attributes', 1, 'KeyValue', 'repeated'],
    ['droppedAttributesCount', 2, 'uint32'],
  ],
  ScopeMetrics: [
    ['scope', 1, 'Scope'],
    ['metrics', 2, 'Metric', 'repeated'],
    ['schemaUrl', 3, 'string'],
  ],
  Scope: [
    ['name', 1, 'string'],
    ['version', 2, 'string'],
    ['attributes', 3, 'KeyValue', 'repeated'],
  ],
  Metric: [
    ['name', 1, 'string'],
    ['description', 2, 'string'],
    ['unit', 3, 'string'],
    ['gauge', 5, 'NumberData'],
    ['sum', 7, 'NumberData'],
    ['histogram', 9, 'HistogramData'],
    ['exponentialHistogram', 10, 'ExponentialData'],
    ['summary', 11, 'SummaryData'],
    ['metadata', 12, 'KeyValue', 'repeated'],
  ],
  NumberData: [
    ['dataPoints', 1, 'NumberPoint', 'repeated'],
    ['aggregationTemporality', 2, 'int32'],
    ['isMonotonic', 3, 'bool'],
  ],
  HistogramData: [
    ['dataPoints', 1, 'HistogramPoint', 'repeated'],
    ['aggregationTemporality', 2, 'int32'],
  ],
  ExponentialData: [
    ['dataPoints', 1, 'ExponentialPoint', 'repeated'],
    ['aggregationTemporality', 2, 'int32'],
  ],
  SummaryData: [['dataPoints', 1, 'SummaryPoint', 'repeated']],
  NumberPoint: [
    ...COMMON_TIMES,
    ['asDouble', 4, 'double'],
    ['exemplars', 5, 'Exemplar', 'repeated'],
    ['asInt', 6, 'sfixed64'],
    ['attributes', 7, 'KeyValue', 'repeated'],
    ['flags', 8, 'uint32'],
  ],
  HistogramPoint: [
    ...COMMON_TIMES,
    ['count', 4, 'fixed64'],
    ['sum', 5, 'double'],
    ['bucketCounts', 6, 'fixed64', 'packed'],
    ['explicitBounds', 7, 'double', 'packed'],
    ['exemplars', 8, 'Exemplar', 'repeated'],
    ['attributes', 9, 'KeyValue', 'repeated'],
    ['flags', 10, 'uint32'],
    ['min', 11, 'double'],
    ['max', 12, 'double'],
  ],
  ExponentialPoint: [
    ['attributes', 1, 'KeyValue', 'repeated'],
    ...COMMON_TIMES,
    ['count', 4, 'fixed64'],
    ['sum', 5, 'double'],
    ['scale', 6, 'sint32'],
    ['zeroCount', 7, 'fixed64'],
    ['positive', 8, 'Buckets'],
    ['negative', 9, 'Buckets'],
    ['flags', 10, 'uint32'],
    ['exemplars', 11, 'Exemplar', 'repeated'],
    ['zeroThreshold', 14, 'double'],
  ],
  Buckets: [
    ['offset', 1, 'sint32'],
    ['bucketCounts', 2, 'uint64', 'packed'],
  ],
  SummaryPoint: [
    ...COMMON_TIMES,
    ['count', 4, 'fixed64'],
    ['sum', 5, 'double'],
    ['quantileValues', 6, 'Quantile', 'repeated'],
    ['attributes', 7, 'KeyValue', 'repeated'],
    ['flags', 8, 'uint32'],
  ],
  Quantile: [
    ['quantile', 1, 'double'],
    ['value', 2, 'double'],
  ],
  Exemplar: [
    ['timeUnixNano', 2, 'fixed64'],
    ['asDouble', 3, 'double'],
    ['spanId', 4, 'bytes'],
    ['traceId', 5, 'bytes'],
    ['asInt', 6, 'sfixed64'],
    ['filteredAttributes', 7, 'KeyValue', 'repeated'],
  ],
  KeyValue: [
    ['key', 1, 'string'],
    ['value', 2, 'AnyValue'],
  ],
  AnyValue: [
    ['stringValue', 1, 'string'],
    ['boolValue', 2, 'bool'],
    ['intValue', 3, 'int64'],
    ['doubleValue', 4, 'double'],
    ['arrayValue', 5, 'ArrayValue'],
    ['kvlistValue', 6, 'KeyValueList'],
    ['bytesValue', 7, 'bytes'],
  ],
  ArrayValue: [['values', 1, 'AnyValue', 'repeated']],
  KeyValueList: [['values', 1, 'KeyValue', 'repeated']],
};

function fieldOf([name, id, type, rule]: FieldRow): protobuf.Field {
  if (rule === 'packed') return new protobuf.Field(name, id, type, 'repeated', undefined, { packed: true });
  return rule === 'repeated' ? new protobuf.Field(name, id, type, rule) : new protobuf.Field(name, id, type);
}

function buildRequestType(): protobuf.Type {
  const namespace = new protobuf.Root().define('request');
  for (const [name, rows] of Object.entries(MESSAGES)) {
    const type = new protobuf.Type(name);
    for (const row of rows) type.add(fieldOf(row));
    namespace.add(type);
  }
  return namespace.lookupType('Request');
}

const REQUEST = buildRequestType();

/** @param request as OTLP/JSON has it */
export function encodeTestJson(request: object): Uint8Array {
  return Buffer.from(JSON.stringify(request));
}

/** @param request as OTLP/JSON has it, with numbers for enums */
export function encodeTestProtobuf(request: object): Uint8Array {
  const text = JSON.stringify(request, (key, value: unknown) =>
    (key === 'traceId' || key === 'spanId') && typeof value === 'string'
      ? Buffer.from(value, 'hex').toString('base64')
      : value,
  );
  return REQUEST.encode(REQUEST.fromObject(JSON.parse(text) as Record<string, unknown>)).finish();
}
