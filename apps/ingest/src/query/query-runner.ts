/**
 * Where a query is answered: on a query thread, or right here, on the HTTP thread.
 *
 * To ask another thread and to hear from it takes two wake-ups: a tenth of a millisecond and more, which is most of what
 * a query of a few series costs. So a query whose like took a thread little is answered here, within tight limits; one
 * that does not keep them goes to a query thread after all. In one turn of the event loop there is one such query, so
 * that writes and other requests wait for one at most, and what is asked at once is answered in parallel.
 */
import { type Clock, LruMap, PromontoryError } from '@promontory/base';
import type { ApiLimits } from '@promontory/http-api';
import { ERR_QUERY_CANCELLED } from '@promontory/promql';
import type { OnDamage } from '@promontory/tsdb';
import type { LentResponse, QueryRequest, RunningQuery } from '../pools/query-pool.ts';
import { kindOf } from './query-kind.ts';
import { type QueryData, QueryService } from './query-service.ts';

/** A query is short when a query thread answered its like in this time at most, the last time one did. */
const SHORT_MS_MAX = 1;
/** One that takes longer here is not short until a query thread has answered its like in time again. */
const SHORT_HERE_MS_MAX = 2;
/** How long none of a kind is tried here after one that did not keep the limits, or failed. */
const BARRED_MS = 60_000;
/** Samples bound what is written behind the time limit, too: half a megabyte of JSON. */
const HERE_LIMITS = { queryDurationMsMax: 4, querySamplesMax: 20_000, queryMemoryBytesMax: 16 * 1024 ** 2 };
const HERE_DECODED_BYTES_MAX = 4 * 1024 ** 2;
const HERE_LABEL_ENTRIES_MAX = 20_000;
/** Compiled in 10 ms. */
const HERE_REGEX_WEIGHT_MAX = 2000;
const KINDS_MAX = 2000;
const CANCELLED = { code: ERR_QUERY_CANCELLED, kind: 'cancelled' } as const;
/** Not the number of any thread that may end before the process does: those are small. */
const HERE_OWNER_ID = 2 ** 31 - 1;

/** What a QueryPool is. */
export interface QueryThreads {
  readonly running: number;
  run(request: QueryRequest): RunningQuery;
  close(): Promise<void>;
}

export interface QueryRunnerOptions {
  /** The runner's: it closes them. */
  readonly threads: QueryThreads;
  readonly data: QueryData;
  readonly clock: Clock;
  /** Told of an error behind a 500 that was met here; a thread is asked the same then. */
  readonly onInternalError: (error: string, request: QueryRequest) => void;
  /** Told of what is damaged and was met here, each place once. */
  readonly onDamage: OnDamage;
}

/** What is known of queries of one kind. */
interface Kind {
  /** How long the last one took a query thread; Infinity when it failed, and when that is to be found out anew. */
  durationMs: number;
  /** Until then none is tried here, in monotonic time. */
  barredUntilMs: number;
}

export class QueryRunner {
  readonly #options: QueryRunnerOptions;
  readonly #here: QueryService;
  readonly #kinds = new LruMap<string, Kind>(KINDS_MAX);
  #isTurnTaken = false;

  constructor(options: QueryRunnerOptions) {
    const { data, clock } = options;
    this.#options = options;
    this.#here = new QueryService({
      data: { ...data, limits: tightened(data.limits) },
      clock,
      reader: {
        ownerId: HERE_OWNER_ID,
        decodedBytesMax: HERE_DECODED_BYTES_MAX,
        labelCacheEntriesMax: HERE_LABEL_ENTRIES_MAX,
        mayScan: false,
      },
      regexWeightMax: HERE_REGEX_WEIGHT_MAX,
    });
  }

  /** On query threads, or waiting for one. */
  get running(): number {
    return this.#options.threads.running;
  }

  /** @throws PromontoryError ERR_QUERY_QUEUE_FULL (overload), at once */
  run(request: QueryRequest): RunningQuery {
    const name = kindOf(request);
    if (name === null) return this.#options.threads.run(request);
    const kind = this.#kinds.getOrMake(name, () => ({ durationMs: Infinity, barredUntilMs: -Infinity }));
    return this.#isShort(kind) && this.#takeTurn()
      ? this.#runHere(kind, request)
      : this.#runThere(kind, request);
  }

  async close(): Promise<void> {
    try {
      await this.#options.threads.close();
    } finally {
      await this.#here.close();
    }
  }

  #isShort({ durationMs, barredUntilMs }: Kind): boolean {
    return durationMs <= SHORT_MS_MAX && this.#options.clock.monotonicMs() >= barredUntilMs;
  }

  #takeTurn(): boolean {
    if (this.#isTurnTaken) return false;
    this.#isTurnTaken = true;
    setImmediate(() => {
      this.#isTurnTaken = false;
    });
    return true;
  }

  #runThere(kind: Kind, request: QueryRequest): RunningQuery {
    const query = this.#options.threads.run(request);
    const response = query.response.then((lent) => {
      kind.durationMs = lent.response.status === 200 ? lent.durationMs : Infinity;
      return lent;
    });
    return { response, cancel: () => query.cancel() };
  }

  /** What fails may fail for want of room: then a query thread says what the client is told. */
  #runHere(kind: Kind, request: QueryRequest): RunningQuery {
    const { clock, onInternalError, onDamage } = this.#options;
    let moved: RunningQuery | null = null;
    let isCancelled = false;
    const response = this.#here
      .answer(request, () => false)
      .then((answer): LentResponse | Promise<LentResponse> => {
        for (const damage of answer.damages) onDamage(damage);
        if (answer.internalError !== '') onInternalError(answer.internalError, request);
        if (answer.durationMs > SHORT_HERE_MS_MAX) kind.durationMs = Infinity;
        if (answer.response.status === 200) return { ...answer, giveBack: () => undefined, stream: null };
        kind.barredUntilMs = clock.monotonicMs() + BARRED_MS;
        if (isCancelled) throw new PromontoryError('query was canceled before a thread took it', CANCELLED);
        moved = this.#runThere(kind, request);
        return moved.response;
      });
    const cancel = (): void => {
      isCancelled = true;
      moved?.cancel();
    };
    return { response, cancel };
  }
}

function tightened(limits: ApiLimits): ApiLimits {
  return {
    ...limits,
    queryDurationMsMax: Math.min(limits.queryDurationMsMax, HERE_LIMITS.queryDurationMsMax),
    querySamplesMax: Math.min(limits.querySamplesMax, HERE_LIMITS.querySamplesMax),
    queryMemoryBytesMax: Math.min(limits.queryMemoryBytesMax, HERE_LIMITS.queryMemoryBytesMax),
  };
}
