/** What runs, and what ran: for the lists of queries, for cancelling one, and for the log of slow ones. */
import { assert, type Clock } from '@promontory/base';
import type { QueryCost } from '@promontory/promql';
import type { ActiveQuery, ApiRequest, AskedQuery, QueryLedger, QueryTotals } from '@promontory/http-api';
import { readAsked } from './asked-text.ts';
import { EndedQueries } from './ended-queries.ts';

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
  /** @param handler called when the request is cancelled from now on, and no other; at once if it was before */
  onCancel(handler: () => void): void;
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
  readonly asked: AskedQuery;
  readonly asker: Asker;
  readonly startMs: number;
  cancel: () => void;
  isCancelled: boolean;
}

export class RequestLedger implements QueryLedger {
  readonly #options: RequestLedgerOptions;
  /** So that no id of an earlier process is one of this. */
  readonly #idPrefix: string;
  readonly #running = new Map<string, Running>();
  readonly #ended = new EndedQueries();
  #count = 0;

  constructor(options: RequestLedgerOptions) {
    this.#options = options;
    this.#idPrefix = Math.floor(options.clock.nowMs()).toString(36);
  }

  begin(request: ApiRequest, asker: Asker): LedgerEntry {
    const { clock } = this.#options;
    const id = `${this.#idPrefix}-${(++this.#count).toString(36)}`;
    const running = {
      id,
      request,
      asked: readAsked(request),
      asker,
      startMs: clock.monotonicMs(),
      cancel: () => {},
      isCancelled: false,
    };
    this.#running.set(id, running);
    const onCancel = (handler: () => void): void => {
      running.cancel = handler;
      if (running.isCancelled) handler();
    };
    return { onCancel, end: (how) => this.#end(running, how) };
  }

  active(): readonly ActiveQuery[] {
    const nowMs = this.#options.clock.monotonicMs();
    return Array.from(this.#running.values(), ({ id, request, asked, asker, startMs, isCancelled }) => ({
      ...asked,
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
    return this.#ended.totals(this.#options.clock.monotonicMs() - lifetimeMs);
  }

  #end(running: Running, how: RequestEnd): void {
    const { clock, instance, slowMs, onSlow } = this.#options;
    assert(this.#running.delete(running.id), 'a request ends once');
    const { request, asked, asker } = running;
    const endMs = clock.monotonicMs();
    const durationMs = endMs - running.startMs;
    const isTotalled = TOTALLED_PATHS.has(request.path);
    const isSlow = durationMs >= slowMs;
    if (isTotalled) {
      const memoryBytes = how.cost?.memoryBytesPeak ?? 0;
      this.#ended.add(asked, { user: asker.user, endMs, durationMs, memoryBytes });
    }
    if (isSlow) onSlow({ ...how, request, asked, asker, instance, durationMs });
  }
}
