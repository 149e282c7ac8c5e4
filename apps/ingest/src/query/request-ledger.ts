/**
 * What runs, and what ran: for the lists of queries, for cancelling one, and for the log of slow ones. Costs a request
 * an object or two; what it asked is read from it only when somebody wants to know.
 */
import { assert, type Clock } from '@promontory/base';
import {
  type ActiveQuery,
  type ApiRequest,
  type AskedQuery,
  type QueryCost,
  type QueryLedger,
  type QueryTotals,
  readAskedQuery,
} from '@promontory/http-api';

/** Requests remembered for the totals. */
const ENDED_MAX = 20_000;
/** Of a body that is kept until then; what is asked in a longer one is read at once. */
const KEPT_BODY_BYTES_MAX = 2048;
const QUERY_CHARACTERS_MAX = 4000;
/** What a longer request asks is not looked at: reading it would keep the thread from others. */
const READ_BYTES_MAX = 64 * 1024;
const UNREAD: AskedQuery = { query: '', startMs: null, endMs: null, stepMs: null };
/** Of these requests there are totals. */
const TOTALLED_PATHS: ReadonlySet<string> = new Set(['/api/v1/query', '/api/v1/query_range']);

export interface Asker {
  /** The id of the access key. */
  readonly user: string;
  readonly remoteAddress: string;
}

/** How a request ended. */
export interface RequestEnd {
  readonly status: number;
  /** Of the body that was sent. */
  readonly bytes: number;
  readonly cost: QueryCost | null;
}

/** A request that took long, for the log. */
export interface SlowRequest extends RequestEnd {
  readonly request: ApiRequest;
  readonly asked: AskedQuery;
  readonly asker: Asker;
  readonly instance: string;
  readonly durationMs: number;
}

/** A request on its way. */
export interface LedgerEntry {
  /** Called once. */
  end(how: RequestEnd): void;
}

export interface RequestLedgerOptions {
  readonly clock: Clock;
  readonly instance: string;
  readonly slowMs: number;
  readonly onSlow: (slow: SlowRequest) => void;
}

interface Running {
  readonly id: string;
  readonly request: ApiRequest;
  readonly asker: Asker;
  readonly startMs: number;
  readonly cancel: () => void;
  isCancelled: boolean;
}

interface Ended {
  readonly user: string;
  readonly endMs: number;
  readonly durationMs: number;
  readonly memoryBytes: number;
  readonly asked: () => AskedQuery;
}

export class RequestLedger implements QueryLedger {
  readonly #options: RequestLedgerOptions;
  /** So that no id of an earlier process is one of this. */
  readonly #idPrefix: string;
  readonly #running = new Map<string, Running>();
  /** A ring. */
  readonly #ended: Ended[] = [];
  #endedCount = 0;
  #count = 0;

  constructor(options: RequestLedgerOptions) {
    this.#options = options;
    this.#idPrefix = Math.floor(options.clock.nowMs()).toString(36);
  }

  begin(request: ApiRequest, asker: Asker, cancel: () => void): LedgerEntry {
    const { clock } = this.#options;
    const id = `${this.#idPrefix}-${(++this.#count).toString(36)}`;
    const running = { id, request, asker, startMs: clock.monotonicMs(), cancel, isCancelled: false };
    this.#running.set(id, running);
    return { end: (how) => this.#end(running, how) };
  }

  active(): readonly ActiveQuery[] {
    const nowMs = this.#options.clock.monotonicMs();
    return Array.from(this.#running.values(), ({ id, request, asker, startMs, isCancelled }) => ({
      ...read(request),
      id,
      path: request.path,
      ...asker,
      instance: this.#options.instance,
      durationMs: nowMs - startMs,
      isCancelled,
    }));
  }

  cancel(id: string): boolean {
    const running = this.#running.get(id);
    if (running === undefined) return false;
    running.isCancelled = true;
    running.cancel();
    return true;
  }

  totals(lifetimeMs: number): readonly QueryTotals[] {
    const sinceMs = this.#options.clock.monotonicMs() - lifetimeMs;
    const byQuery = new Map<string, QueryTotals & { users: string[] }>();
    for (const { user, endMs, durationMs, memoryBytes, asked } of this.#ended) {
      if (endMs < sinceMs) continue;
      const { query, startMs, endMs: rangeEndMs } = asked();
      if (query === '') continue;
      const rangeSeconds = Math.max(0, Math.round(((rangeEndMs ?? 0) - (startMs ?? 0)) / 1000));
      const key = `${rangeSeconds} ${query}`;
      const before = byQuery.get(key);
      const users = before?.users ?? [];
      if (!users.includes(user)) users.push(user);
      byQuery.set(key, {
        query,
        rangeSeconds,
        count: (before?.count ?? 0) + 1,
        durationMsSum: (before?.durationMsSum ?? 0) + durationMs,
        memoryBytesSum: (before?.memoryBytesSum ?? 0) + memoryBytes,
        users,
      });
    }
    return [...byQuery.values()];
  }

  #end(running: Running, how: RequestEnd): void {
    const { clock, instance, slowMs, onSlow } = this.#options;
    assert(this.#running.delete(running.id), 'a request ends once');
    const { request, asker } = running;
    const endMs = clock.monotonicMs();
    const durationMs = endMs - running.startMs;
    if (TOTALLED_PATHS.has(request.path)) {
      const { user } = asker;
      const memoryBytes = how.cost?.memoryBytesPeak ?? 0;
      this.#remember({ user, endMs, durationMs, memoryBytes, asked: askedLater(request) });
    }
    if (durationMs < slowMs) return;
    onSlow({ ...how, request, asked: read(request), asker, instance, durationMs });
  }

  #remember(ended: Ended): void {
    this.#ended[this.#endedCount++ % ENDED_MAX] = ended;
  }
}

/** Reads what was asked when it is called; keeps of the request what that takes. */
function askedLater(request: ApiRequest): () => AskedQuery {
  const { method, path, queryString, body } = request;
  if (queryString.length + body.length > KEPT_BODY_BYTES_MAX) {
    const asked = read(request);
    return () => asked;
  }
  const contentType = request.headers.get('content-type');
  const headers = {
    get: (name: string): string | undefined => (name === 'content-type' ? contentType : undefined),
  };
  return () => read({ method, path, queryString, headers, body });
}

/** What a request asks, shortened, in text of its own: a part of a text would keep all of it. */
function read(request: ApiRequest): AskedQuery {
  if (request.queryString.length + request.body.length > READ_BYTES_MAX) return UNREAD;
  const asked = readAskedQuery(request);
  const isLong = asked.query.length > QUERY_CHARACTERS_MAX;
  const kept = Buffer.from(asked.query.slice(0, QUERY_CHARACTERS_MAX)).toString();
  return { ...asked, query: isLong ? `${kept}…` : kept };
}
