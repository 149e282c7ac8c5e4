/**
 * The last queries that ended, for the lists of those asked most. Costs a query an object; what it asked is read from
 * it once, and only when somebody wants to know.
 */
import type { ApiRequest, AskedQuery, QueryTotals } from '@promontory/http-api';
import { parameterBytes, QUERY_CHARACTERS_MAX, readAsked } from './asked-text.ts';

const ENDED_MAX = 20_000;
/** Of the requests that are kept, or of what they ask. */
const KEPT_BYTES_MAX = 16 * 1024 ** 2;
/** Of a request that is kept; what is asked in a longer one is read at once. */
const REQUEST_BYTES_MAX = 2048;

export interface EndedQuery {
  readonly user: string;
  /** In monotonic time. */
  readonly endMs: number;
  readonly durationMs: number;
  readonly memoryBytes: number;
}

interface Remembered extends EndedQuery {
  asked: AskedQuery | ApiRequest;
  readonly keptBytes: number;
}

export class EndedQueries {
  /** A ring: the oldest is at `#first`. */
  readonly #ring: Remembered[] = [];
  #first = 0;
  #count = 0;
  #keptBytes = 0;

  /** Forgets the oldest ones when there is no room. */
  add(request: ApiRequest, ended: EndedQuery): void {
    const isShort = parameterBytes(request) <= REQUEST_BYTES_MAX;
    const keptBytes = isShort ? parameterBytes(request) : QUERY_CHARACTERS_MAX;
    while (this.#count === ENDED_MAX || this.#keptBytes + keptBytes > KEPT_BYTES_MAX) this.#forgetOldest();
    const asked = isShort ? parametersOf(request) : readAsked(request);
    this.#ring[(this.#first + this.#count++) % ENDED_MAX] = { ...ended, asked, keptBytes };
    this.#keptBytes += keptBytes;
  }

  /** @param sinceMs in monotonic time @returns what ended then or later, by text and length of range */
  totals(sinceMs: number): QueryTotals[] {
    const totals = new Map<string, RunningTotals>();
    for (let index = 0; index < this.#count; index++) {
      const ended = this.#ring[(this.#first + index) % ENDED_MAX]!;
      if (ended.endMs < sinceMs) continue;
      const { query, startMs, endMs } = askedBy(ended);
      if (query === '') continue;
      const rangeSeconds = Math.max(0, Math.round(((endMs ?? 0) - (startMs ?? 0)) / 1000));
      const key = `${rangeSeconds} ${query}`;
      let running = totals.get(key);
      if (running === undefined) totals.set(key, (running = new RunningTotals(query, rangeSeconds)));
      running.add(ended);
    }
    return Array.from(totals.values(), (running) => running.finish());
  }

  #forgetOldest(): void {
    this.#keptBytes -= this.#ring[this.#first]!.keptBytes;
    this.#first = (this.#first + 1) % ENDED_MAX;
    this.#count--;
  }
}

class RunningTotals {
  readonly #query: string;
  readonly #rangeSeconds: number;
  readonly #users = new Set<string>();
  #count = 0;
  #durationMsSum = 0;
  #memoryBytesSum = 0;

  constructor(query: string, rangeSeconds: number) {
    this.#query = query;
    this.#rangeSeconds = rangeSeconds;
  }

  add({ user, durationMs, memoryBytes }: EndedQuery): void {
    this.#users.add(user);
    this.#count++;
    this.#durationMsSum += durationMs;
    this.#memoryBytesSum += memoryBytes;
  }

  finish(): QueryTotals {
    return {
      query: this.#query,
      rangeSeconds: this.#rangeSeconds,
      count: this.#count,
      durationMsSum: this.#durationMsSum,
      memoryBytesSum: this.#memoryBytesSum,
      users: [...this.#users],
    };
  }
}

function askedBy(ended: Remembered): AskedQuery {
  const { asked } = ended;
  if ('query' in asked) return asked;
  const read = readAsked(asked);
  ended.asked = read;
  return read;
}

/** What of a request its parameters are read from. */
function parametersOf({ method, path, queryString, headers, body }: ApiRequest): ApiRequest {
  const contentType = headers.get('content-type');
  const kept = { get: (name: string) => (name === 'content-type' ? contentType : undefined) };
  return { method, path, queryString, headers: kept, body };
}
