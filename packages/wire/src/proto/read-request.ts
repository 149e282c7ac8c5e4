/** Remote read requests. */
import type { MatchOperator } from '@promontory/model';
import { decodeMessage, encodeMessage, invalidMessage, type RawInteger, toNumber } from './message.ts';

const MATCH_OPERATORS: readonly MatchOperator[] = ['=', '!=', '=~', '!~'];
const RESPONSE_TYPES = ['samples', 'streamed-xor-chunks'] as const;

export type ReadResponseType = (typeof RESPONSE_TYPES)[number];
/** What a client lists: newer ones know types that are not known here. */
export type RequestedResponseType = ReadResponseType | 'unknown';

/** Not compiled: a regex may still be invalid. */
export interface WireMatcher {
  readonly operator: MatchOperator;
  readonly name: string;
  readonly value: string;
}

export interface ReadHints {
  readonly stepMs: number;
  readonly functionName: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly grouping: readonly string[];
  readonly by: boolean;
  readonly rangeMs: number;
}

export interface ReadQuery {
  readonly startMsInclusive: number;
  readonly endMsInclusive: number;
  readonly matchers: readonly WireMatcher[];
  readonly hints: ReadHints | null;
}

export interface ReadRequest {
  readonly queries: readonly ReadQuery[];
  /** In the client's order of preference; empty means samples. */
  readonly acceptedResponseTypes: readonly RequestedResponseType[];
}

interface RawMatcher {
  readonly type?: number;
  readonly name?: string;
  readonly value?: string;
}

interface RawHints {
  readonly stepMs?: RawInteger;
  readonly functionName?: string;
  readonly startMs?: RawInteger;
  readonly endMs?: RawInteger;
  readonly grouping: readonly string[];
  readonly by?: boolean;
  readonly rangeMs?: RawInteger;
}

interface RawQuery {
  readonly startMs?: RawInteger;
  readonly endMs?: RawInteger;
  readonly matchers: readonly RawMatcher[];
  readonly hints?: RawHints;
}

export function encodeReadRequest(request: ReadRequest): Uint8Array {
  return encodeMessage('ReadRequest', {
    queries: request.queries.map((query) => ({
      startMs: query.startMsInclusive,
      endMs: query.endMsInclusive,
      matchers: query.matchers.map(({ operator, name, value }) => ({
        type: MATCH_OPERATORS.indexOf(operator),
        name,
        value,
      })),
      ...(query.hints && { hints: query.hints }),
    })),
    acceptedResponseTypes: request.acceptedResponseTypes.map((type) =>
      type === 'unknown' ? RESPONSE_TYPES.length : RESPONSE_TYPES.indexOf(type),
    ),
  });
}

/**
 * As objects: what a request may hold of each kind is bounded before, by `checkReadRequest`.
 *
 * @throws PromontoryError ERR_PROTOBUF_INVALID, also for a matcher of an unknown type
 */
export function decodeReadRequest(bytes: Uint8Array): ReadRequest {
  const raw = decodeMessage('ReadRequest', bytes) as unknown as {
    readonly queries: readonly RawQuery[];
    readonly acceptedResponseTypes: readonly number[];
  };
  return {
    queries: raw.queries.map(queryFromRaw),
    acceptedResponseTypes: raw.acceptedResponseTypes.map((code) => RESPONSE_TYPES[code] ?? 'unknown'),
  };
}

function queryFromRaw(raw: RawQuery): ReadQuery {
  return {
    startMsInclusive: toNumber(raw.startMs),
    endMsInclusive: toNumber(raw.endMs),
    matchers: raw.matchers.map(matcherFromRaw),
    hints: raw.hints === undefined ? null : hintsFromRaw(raw.hints),
  };
}

function matcherFromRaw(raw: RawMatcher): WireMatcher {
  const operator = MATCH_OPERATORS[raw.type ?? 0];
  if (operator === undefined) throw invalidMessage('ReadRequest', `unknown matcher type; got ${raw.type}`);
  return { operator, name: raw.name ?? '', value: raw.value ?? '' };
}

function hintsFromRaw(raw: RawHints): ReadHints {
  return {
    stepMs: toNumber(raw.stepMs),
    functionName: raw.functionName ?? '',
    startMs: toNumber(raw.startMs),
    endMs: toNumber(raw.endMs),
    grouping: raw.grouping,
    by: raw.by ?? false,
    rangeMs: toNumber(raw.rangeMs),
  };
}
