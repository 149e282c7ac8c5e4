/** What a remote read asks for, for lists and logs of queries. */
import type { ReadQuery } from '@promontory/wire';
import type { ApiRequest } from '../api-request.ts';
import type { AskedQuery } from '../parameters/asked-query.ts';
import { readReadRequest } from './read-body.ts';
import { DEFAULT_READ_LIMITS } from './read-limits.ts';

/** A larger one is not looked at. */
const LIMITS = { ...DEFAULT_READ_LIMITS, readDecodedBytesMax: 64 * 1024 };

/** @throws PromontoryError when it is not readable, or long */
export function readAskedRead(request: ApiRequest): AskedQuery {
  const { queries } = readReadRequest(request, LIMITS);
  const times = queries.flatMap(({ startMsInclusive, endMsInclusive }) => [startMsInclusive, endMsInclusive]);
  return {
    query: queries.map(selectorOf).join(' '),
    startMs: times.length === 0 ? null : Math.min(...times),
    endMs: times.length === 0 ? null : Math.max(...times),
    stepMs: queries[0]?.hints?.stepMs ?? null,
  };
}

function selectorOf({ matchers }: ReadQuery): string {
  const texts = matchers.map(({ operator, name, value }) => `${name}${operator}${JSON.stringify(value)}`);
  return `{${texts.join(',')}}`;
}
