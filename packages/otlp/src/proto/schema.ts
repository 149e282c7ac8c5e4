/**
 * The messages of answers as tables, and the protobufjs types built from them: `ExportMetricsServiceResponse` of
 * collector.metrics.v1, and `Status` of google.rpc. Field names are ours, only the numbers travel.
 */
import protobuf from 'protobufjs/light.js';

type FieldRow = readonly [name: string, id: number, type: string];

const MESSAGES: Readonly<Record<string, readonly FieldRow[]>> = {
  PartialSuccess: [
    ['rejectedDataPoints', 1, 'int64'],
    ['errorMessage', 2, 'string'],
  ],
  ExportResponse: [['partialSuccess', 1, 'PartialSuccess']],
  Status: [
    ['code', 1, 'int32'],
    ['message', 2, 'string'],
  ],
};

function buildTypes(): ReadonlyMap<string, protobuf.Type> {
  const types = new Map<string, protobuf.Type>();
  const namespace = new protobuf.Root().define('answers');
  for (const [name, rows] of Object.entries(MESSAGES)) {
    const type = new protobuf.Type(name);
    for (const [field, id, fieldType] of rows) type.add(new protobuf.Field(field, id, fieldType));
    namespace.add(type);
    types.set(name, type);
  }
  return types;
}

const TYPES = buildTypes();

/** @returns bytes that the caller owns */
export function encodeAnswer(name: 'ExportResponse' | 'Status', message: object): Uint8Array {
  const type = TYPES.get(name);
  if (type === undefined) throw new TypeError(`no message ${name}`);
  return type.encode(message).finish();
}
