/**
 * The protobuf messages of remote write and remote read as tables, and the protobufjs types built from them.
 *
 * Field names are ours (only the numbers travel). Two departures from the published schema, both with the same
 * bytes on the wire: doubles whose NaN bits matter are declared `fixed64`, so that a staleness marker arrives as
 * two words and not as a number; enums are plain `int32`, so that an unknown value can be told from the default.
 */
import protobuf from 'protobufjs/light.js';

type FieldRow = readonly [name: string, id: number, type: string, rule?: 'repeated' | 'packed' | 'presence'];

const MESSAGES: Readonly<Record<string, readonly FieldRow[]>> = {
  Label: [
    ['name', 1, 'string'],
    ['value', 2, 'string'],
  ],
  Sample: [
    ['valueBits', 1, 'fixed64'],
    ['timestampMs', 2, 'int64'],
  ],
  Exemplar: [
    ['labels', 1, 'Label', 'repeated'],
    ['value', 2, 'double'],
    ['timestampMs', 3, 'int64'],
  ],
  BucketSpan: [
    ['offset', 1, 'sint32'],
    ['length', 2, 'uint32'],
  ],
  Histogram: [
    ['countInteger', 1, 'uint64', 'presence'],
    ['countFloat', 2, 'double', 'presence'],
    ['sumBits', 3, 'fixed64'],
    ['schema', 4, 'sint32'],
    ['zeroThreshold', 5, 'double'],
    ['zeroCountInteger', 6, 'uint64', 'presence'],
    ['zeroCountFloat', 7, 'double', 'presence'],
    ['negativeSpans', 8, 'BucketSpan', 'repeated'],
    ['negativeDeltas', 9, 'sint64', 'packed'],
    ['negativeCounts', 10, 'double', 'packed'],
    ['positiveSpans', 11, 'BucketSpan', 'repeated'],
    ['positiveDeltas', 12, 'sint64', 'packed'],
    ['positiveCounts', 13, 'double', 'packed'],
    ['resetHint', 14, 'int32'],
    ['timestampMs', 15, 'int64'],
    ['customValues', 16, 'double', 'packed'],
    // Remote write 2.0 only.
    ['startTimestampMs', 17, 'int64'],
  ],
  TimeSeries: [
    ['labels', 1, 'Label', 'repeated'],
    ['samples', 2, 'Sample', 'repeated'],
    ['exemplars', 3, 'Exemplar', 'repeated'],
    ['histograms', 4, 'Histogram', 'repeated'],
  ],
  MetricMetadata: [
    ['type', 1, 'int32'],
    ['metricFamilyName', 2, 'string'],
    ['help', 4, 'string'],
    ['unit', 5, 'string'],
  ],
  WriteRequest: [
    ['series', 1, 'TimeSeries', 'repeated'],
    ['metadata', 3, 'MetricMetadata', 'repeated'],
  ],
  SampleV2: [
    ['valueBits', 1, 'fixed64'],
    ['timestampMs', 2, 'int64'],
    ['startTimestampMs', 3, 'int64'],
  ],
  ExemplarV2: [
    ['labelRefs', 1, 'uint32', 'packed'],
    ['value', 2, 'double'],
    ['timestampMs', 3, 'int64'],
  ],
  MetadataV2: [
    ['type', 1, 'int32'],
    ['helpRef', 3, 'uint32'],
    ['unitRef', 4, 'uint32'],
  ],
  TimeSeriesV2: [
    ['labelRefs', 1, 'uint32', 'packed'],
    ['samples', 2, 'SampleV2', 'repeated'],
    ['histograms', 3, 'Histogram', 'repeated'],
    ['exemplars', 4, 'ExemplarV2', 'repeated'],
    ['metadata', 5, 'MetadataV2', 'presence'],
    ['createdTimestampMs', 6, 'int64'],
  ],
  WriteRequestV2: [
    ['symbols', 4, 'string', 'repeated'],
    ['series', 5, 'TimeSeriesV2', 'repeated'],
  ],
  LabelMatcher: [
    ['type', 1, 'int32'],
    ['name', 2, 'string'],
    ['value', 3, 'string'],
  ],
  ReadHints: [
    ['stepMs', 1, 'int64'],
    ['functionName', 2, 'string'],
    ['startMs', 3, 'int64'],
    ['endMs', 4, 'int64'],
    ['grouping', 5, 'string', 'repeated'],
    ['by', 6, 'bool'],
    ['rangeMs', 7, 'int64'],
  ],
  Query: [
    ['startMs', 1, 'int64'],
    ['endMs', 2, 'int64'],
    ['matchers', 3, 'LabelMatcher', 'repeated'],
    ['hints', 4, 'ReadHints', 'presence'],
  ],
  ReadRequest: [
    ['queries', 1, 'Query', 'repeated'],
    ['acceptedResponseTypes', 2, 'int32', 'packed'],
  ],
  QueryResult: [['series', 1, 'TimeSeries', 'repeated']],
  ReadResponse: [['results', 1, 'QueryResult', 'repeated']],
  Chunk: [
    ['startMs', 1, 'int64'],
    ['endMs', 2, 'int64'],
    ['encoding', 3, 'int32'],
    ['data', 4, 'bytes'],
  ],
  ChunkedSeries: [
    ['labels', 1, 'Label', 'repeated'],
    ['chunks', 2, 'Chunk', 'repeated'],
  ],
  ChunkedReadResponse: [
    ['series', 1, 'ChunkedSeries', 'repeated'],
    ['queryIndex', 2, 'int64'],
  ],
};

function fieldOf([name, id, type, rule]: FieldRow): protobuf.Field {
  if (rule === 'packed') return new protobuf.Field(name, id, type, 'repeated', undefined, { packed: true });
  if (rule === 'repeated') return new protobuf.Field(name, id, type, 'repeated');
  return new protobuf.Field(name, id, type);
}

function buildTypes(): ReadonlyMap<string, protobuf.Type> {
  const types = new Map<string, protobuf.Type>();
  const namespace = new protobuf.Root().define('prometheus');
  for (const [name, rows] of Object.entries(MESSAGES)) {
    const type = new protobuf.Type(name);
    for (const row of rows) type.add(fieldOf(row));
    namespace.add(type);
    types.set(name, type);
  }
  return types;
}

const TYPES = buildTypes();

/** The types that are encoded and decoded on their own. */
export type MessageName =
  'WriteRequest' | 'WriteRequestV2' | 'ReadRequest' | 'ReadResponse' | 'ChunkedReadResponse';

export function messageType(name: MessageName): protobuf.Type {
  const type = TYPES.get(name);
  if (type === undefined) throw new TypeError(`no message ${name}`);
  return type;
}
