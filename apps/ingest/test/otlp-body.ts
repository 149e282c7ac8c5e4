/**
 * Bodies of OTLP exports for tests: written once as OTLP/JSON has them, sent as JSON or as protobuf. The encoder is the
 * tests' own, by the numbers of the published schema, so that a mistake in the server's reader is not made here again.
 */
import { gzipSync } from 'node:zlib';
import { assert } from '@promontory/base';

export const OTLP_PATH = '/api/v1/otlp/v1/metrics';

export const OTLP_ENCODINGS = ['json', 'protobuf'] as const;
export type OtlpBodyEncoding = (typeof OTLP_ENCODINGS)[number];

export const OTLP_MEDIA_TYPES: Readonly<Record<OtlpBodyEncoding, string>> = {
  json: 'application/json',
  protobuf: 'application/x-protobuf',
};

type Scalar = 'string' | 'bool' | 'varint' | 'zigzag' | 'fixed64' | 'sfixed64' | 'double' | 'hex';
/** Number, and a scalar or the message that the field holds. */
type Field = readonly [number: number, type: string];

const ATTRIBUTES = 'KeyValue';
const TIMES: Readonly<Record<string, Field>> = {
  startTimeUnixNano: [2, 'fixed64'],
  timeUnixNano: [3, 'fixed64'],
};

const MESSAGES: Readonly<Record<string, Readonly<Record<string, Field>>>> = {
  Request: { resourceMetrics: [1, 'ResourceMetrics'] },
  ResourceMetrics: { resource: [1, 'Resource'], scopeMetrics: [2, 'ScopeMetrics'] },
  Resource: { attributes: [1, ATTRIBUTES] },
  ScopeMetrics: { scope: [1, 'Scope'], metrics: [2, 'Metric'], schemaUrl: [3, 'string'] },
  Scope: { name: [1, 'string'], version: [2, 'string'], attributes: [3, ATTRIBUTES] },
  Metric: {
    name: [1, 'string'],
    description: [2, 'string'],
    unit: [3, 'string'],
    gauge: [5, 'Data<NumberPoint>'],
    sum: [7, 'Data<NumberPoint>'],
    histogram: [9, 'Data<HistogramPoint>'],
    exponentialHistogram: [10, 'Data<ExponentialPoint>'],
    summary: [11, 'Data<SummaryPoint>'],
  },
  NumberPoint: {
    ...TIMES,
    asDouble: [4, 'double'],
    exemplars: [5, 'Exemplar'],
    asInt: [6, 'sfixed64'],
    attributes: [7, ATTRIBUTES],
    flags: [8, 'varint'],
  },
  HistogramPoint: {
    ...TIMES,
    count: [4, 'fixed64'],
    sum: [5, 'double'],
    bucketCounts: [6, 'fixed64'],
    explicitBounds: [7, 'double'],
    exemplars: [8, 'Exemplar'],
    attributes: [9, ATTRIBUTES],
    flags: [10, 'varint'],
  },
  ExponentialPoint: {
    ...TIMES,
    attributes: [1, ATTRIBUTES],
    count: [4, 'fixed64'],
    sum: [5, 'double'],
    scale: [6, 'zigzag'],
    zeroCount: [7, 'fixed64'],
    positive: [8, 'Buckets'],
    negative: [9, 'Buckets'],
    flags: [10, 'varint'],
    exemplars: [11, 'Exemplar'],
    zeroThreshold: [14, 'double'],
  },
  Buckets: { offset: [1, 'zigzag'], bucketCounts: [2, 'varint'] },
  SummaryPoint: {
    ...TIMES,
    count: [4, 'fixed64'],
    sum: [5, 'double'],
    quantileValues: [6, 'Quantile'],
    attributes: [7, ATTRIBUTES],
    flags: [8, 'varint'],
  },
  Quantile: { quantile: [1, 'double'], value: [2, 'double'] },
  Exemplar: {
    timeUnixNano: [2, 'fixed64'],
    asDouble: [3, 'double'],
    spanId: [4, 'hex'],
    traceId: [5, 'hex'],
    asInt: [6, 'sfixed64'],
    filteredAttributes: [7, ATTRIBUTES],
  },
  KeyValue: { key: [1, 'string'], value: [2, 'AnyValue'] },
  AnyValue: { stringValue: [1, 'string'], boolValue: [2, 'bool'], intValue: [3, 'varint'] },
};

const DATA = /^Data<(\w+)>$/;

function fieldsOf(message: string): Readonly<Record<string, Field>> {
  const points = DATA.exec(message)?.[1];
  const fields =
    points === undefined
      ? MESSAGES[message]
      : {
          dataPoints: [1, points] as const,
          aggregationTemporality: [2, 'varint'] as const,
          isMonotonic: [3, 'bool'] as const,
        };
  assert(fields !== undefined, 'the test knows the message', { message });
  return fields;
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

function fixed64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
  return bytes;
}

function doubleBytes(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
}

function withLength(bytes: Buffer): Buffer {
  return Buffer.concat([varint(BigInt(bytes.length)), bytes]);
}

/** @returns wire type and content */
function scalarBytes(type: Scalar, value: string | number | boolean): readonly [wireType: number, Buffer] {
  const integer = (): bigint => BigInt(value);
  switch (type) {
    case 'string':
      return [2, withLength(Buffer.from(String(value)))];
    case 'hex':
      return [2, withLength(Buffer.from(String(value), 'hex'))];
    case 'bool':
    case 'varint':
      return [0, varint(integer())];
    case 'zigzag':
      return [0, varint(integer() < 0n ? -2n * integer() - 1n : 2n * integer())];
    case 'fixed64':
    case 'sfixed64':
      return [1, fixed64(integer())];
    case 'double':
      return [1, doubleBytes(Number(value))];
    default:
      throw new RangeError(`no scalar ${String(type)}`);
  }
}

function messageBytes(message: string, content: object): Buffer {
  const fields = fieldsOf(message);
  const parts: Buffer[] = [];
  for (const [name, value] of Object.entries(content)) {
    const field = fields[name];
    assert(field !== undefined, 'the test knows the field', { message, name });
    const [number, type] = field;
    for (const item of (Array.isArray(value) ? value : [value]) as unknown[]) {
      const [wireType, bytes] =
        typeof item === 'object' && item !== null
          ? ([2, withLength(messageBytes(type, item))] as const)
          : scalarBytes(type as Scalar, item as string);
      parts.push(varint(BigInt((number << 3) | wireType)), bytes);
    }
  }
  return Buffer.concat(parts);
}

/** @param request as OTLP/JSON has it, with numbers for enums */
export function otlpBody(encoding: OtlpBodyEncoding, request: object): Buffer {
  return encoding === 'json' ? Buffer.from(JSON.stringify(request)) : messageBytes('Request', request);
}

export function otlpHeaders(encoding: OtlpBodyEncoding, isGzip = false): Record<string, string> {
  return { 'Content-Type': OTLP_MEDIA_TYPES[encoding], ...(isGzip && { 'Content-Encoding': 'gzip' }) };
}

export function gzipBody(body: Uint8Array): Buffer {
  return gzipSync(body);
}

export function stringAttributes(texts: Readonly<Record<string, string>>): object[] {
  return Object.entries(texts).map(([key, stringValue]) => ({ key, value: { stringValue } }));
}

/** One resource with metrics in one scope. */
export function exportOf(
  metrics: readonly object[],
  resource: Readonly<Record<string, string>> = {},
): object {
  return {
    resourceMetrics: [
      {
        resource: { attributes: stringAttributes(resource) },
        scopeMetrics: [{ scope: { name: 'tests', version: '1' }, metrics }],
      },
    ],
  };
}

/** Nanoseconds of OTLP. */
export function nanoseconds(timestampMs: number): string {
  return `${timestampMs}000000`;
}

export interface OtlpAnswer {
  /** Of a partial success; '0' when there is none. */
  readonly rejected: string;
  /** Of a partial success or of a status. */
  readonly message: string;
}

/** What the body of an answer says, of either encoding. A full success says nothing: zero bytes, or `{}`. */
export function readOtlpAnswer(encoding: OtlpBodyEncoding, status: number, body: Uint8Array): OtlpAnswer {
  if (encoding === 'protobuf') return readProtobufAnswer(status, Buffer.from(body));
  const parsed = JSON.parse(Buffer.from(body).toString()) as {
    partialSuccess?: { rejectedDataPoints: string; errorMessage: string };
    message?: string;
  };
  const { rejectedDataPoints = '0', errorMessage = '' } = parsed.partialSuccess ?? {};
  return { rejected: rejectedDataPoints, message: parsed.message ?? errorMessage };
}

/** Status has a code and a message; a response has a message with a count and a message. */
function readProtobufAnswer(status: number, body: Buffer): OtlpAnswer {
  if (body.length === 0) return { rejected: '0', message: '' };
  const outer = readFields(body);
  const fields = status === 200 ? readFields(outer.get(1) as Buffer) : outer;
  const rejected = status === 200 ? String(fields.get(1) ?? 0) : '0';
  return { rejected, message: (fields.get(2) as Buffer | undefined)?.toString() ?? '' };
}

function readFields(bytes: Buffer): Map<number, bigint | Buffer> {
  const fields = new Map<number, bigint | Buffer>();
  let position = 0;
  const read = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[position++] ?? 0;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (position < bytes.length) {
    const tag = Number(read());
    const value = read();
    if ((tag & 7) === 0) fields.set(tag >> 3, value);
    else {
      fields.set(tag >> 3, bytes.subarray(position, position + Number(value)));
      position += Number(value);
    }
  }
  return fields;
}
