/**
 * Bounds what a read request makes of memory before it is decoded into objects: a few bytes of a body become a matcher of
 * some hundred bytes. One pass over the bytes, nothing is allocated.
 */
import { PromontoryError } from '@promontory/base';
import { ERR_READ_MATCHERS_MAX, ERR_READ_QUERIES_MAX } from '../error-codes.ts';
import { ProtobufScan, WIRE_LENGTH_DELIMITED } from '../protobuf-scan.ts';

export interface ReadRequestLimits {
  readonly readQueriesMax: number;
  /** Matchers of all queries together, with the labels of their hints. */
  readonly readMatchersMax: number;
}

const TAG_QUERY = (1 << 3) | WIRE_LENGTH_DELIMITED;
/** Of a query. */
const TAG_MATCHER = (3 << 3) | WIRE_LENGTH_DELIMITED;
const TAG_HINTS = (4 << 3) | WIRE_LENGTH_DELIMITED;
/** Of hints. */
const TAG_GROUPING = (5 << 3) | WIRE_LENGTH_DELIMITED;
/** Of a request: a byte each when they are packed. */
const FIELD_RESPONSE_TYPES = 2;
/** There are two. */
const RESPONSE_TYPES_MAX = 100;

/** @throws PromontoryError ERR_READ_QUERIES_MAX, ERR_READ_MATCHERS_MAX, ERR_PROTOBUF_INVALID, all of kind bad-data */
export function checkReadRequest(bytes: Uint8Array, limits: ReadRequestLimits): void {
  const scan = new ProtobufScan();
  scan.bytes = bytes;
  const end = bytes.length;
  let queries = 0;
  let matchers = 0;
  let responseTypes = 0;
  while (scan.position < end) {
    const start = scan.position;
    const tag = scan.tag(end);
    if (tag === TAG_QUERY) {
      queries++;
      const queryEnd = scan.contentEnd(end);
      matchers += countFields(scan, queryEnd);
    } else scan.skip(tag, end);
    if (tag >>> 3 === FIELD_RESPONSE_TYPES) responseTypes += scan.position - start;
    if (queries > limits.readQueriesMax)
      throw tooMany('queries', limits.readQueriesMax, ERR_READ_QUERIES_MAX);
    if (matchers > limits.readMatchersMax)
      throw tooMany('matchers', limits.readMatchersMax, ERR_READ_MATCHERS_MAX);
    if (responseTypes > RESPONSE_TYPES_MAX) {
      throw tooMany('response types', RESPONSE_TYPES_MAX, ERR_READ_MATCHERS_MAX);
    }
  }
}

/** @returns how many matchers a query has, or how many labels its hints; the scan is at the end afterwards */
function countFields(scan: ProtobufScan, end: number): number {
  let count = 0;
  while (scan.position < end) {
    const tag = scan.tag(end);
    if (tag === TAG_HINTS) count += countGrouping(scan, scan.contentEnd(end));
    else scan.skip(tag, end);
    if (tag === TAG_MATCHER) count++;
  }
  return count;
}

function countGrouping(scan: ProtobufScan, end: number): number {
  let count = 0;
  while (scan.position < end) {
    const tag = scan.tag(end);
    scan.skip(tag, end);
    if (tag === TAG_GROUPING) count++;
  }
  return count;
}

function tooMany(what: string, countMax: number, code: string): PromontoryError {
  return new PromontoryError(`cannot read request: it has too many ${what}; want at most ${countMax}`, {
    code,
    kind: 'bad-data',
    context: { countMax },
  });
}
