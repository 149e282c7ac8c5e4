/** The last queries that ended, for the lists of those asked most. */
import type { AskedQuery, QueryTotals } from '@promontory/http-api';

const ENDED_MAX = 20_000;
/** Of the texts that are kept. */
const KEPT_BYTES_MAX = 16 * 1024 ** 2;
/** At most: of a text that is not all Latin-1. */
const BYTES_PER_CHARACTER = 2;

export interface EndedQuery {
  readonly user: string;
  /** In monotonic time. */
  readonly endMs: number;
  readonly durationMs: number;
  readonly memoryBytes: number;
}

interface Remembered extends EndedQuery {
  readonly query: string;
  readonly rangeSeconds: number;
}

export class EndedQueries {
  /** A ring: the oldest is at `#first`. */
  readonly #ring: (Remembered | undefined)[] = [];
  #first = 0;
  #count = 0;
  #keptBytes = 0;

  /** Of the texts; what else is kept of a query is the same for all. */
  get keptBytes(): number {
    return this.#keptBytes;
  }

  /** Forgets the oldest ones when there is no room. @param asked with a text of its own, bounded */
  add({ query, startMs, endMs }: AskedQuery, ended: EndedQuery): void {
    if (query === '') return;
    const bytes = bytesOf(query);
    while (this.#count === ENDED_MAX || this.#keptBytes + bytes > KEPT_BYTES_MAX) this.#forgetOldest();
    const rangeSeconds = Math.max(0, Math.round(((endMs ?? 0) - (startMs ?? 0)) / 1000));
    this.#ring[(this.#first + this.#count++) % ENDED_MAX] = { ...ended, query, rangeSeconds };
    this.#keptBytes += bytes;
  }

  /** @param sinceMs in monotonic time @returns what ended then or later, by text and length of range */
  totals(sinceMs: number): QueryTotals[] {
    const totals = new Map<string, RunningTotals>();
    for (let index = 0; index < this.#count; index++) {
      const ended = this.#ring[(this.#first + index) % ENDED_MAX]!;
      if (ended.endMs < sinceMs) continue;
      const { query, rangeSeconds } = ended;
      const key = `${rangeSeconds} ${query}`;
      let running = totals.get(key);
      if (running === undefined) totals.set(key, (running = new RunningTotals(query, rangeSeconds)));
      running.add(ended);
    }
    return Array.from(totals.values(), (running) => running.finish());
  }

  #forgetOldest(): void {
    this.#keptBytes -= bytesOf(this.#ring[this.#first]!.query);
    // Its text would stay until the ring comes round.
    this.#ring[this.#first] = undefined;
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

function bytesOf(query: string): number {
  return query.length * BYTES_PER_CHARACTER;
}
