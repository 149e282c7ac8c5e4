/**
 * Where a query is answered: on a query thread, or right here, on the HTTP thread.
 *
 * To ask another thread and to hear from it takes two wake-ups: a tenth of a millisecond and more, which is most of what
 * a query of a few series costs. So a query whose like took little when it was last answered is answered here, within
 * tight limits; one that does not keep them goes to a query thread after all. In one turn of the event loop there is one
 * such query, so that writes and other requests wait for one at most, and what is asked at once is answered in parallel.
 */
import { type Clock, LruMap } from '@promontory/base';
import type { ApiLimits } from '@promontory/http-api';
import type { LentResponse, QueryRequest, RunningQuery } from '../pools/query-pool.ts';
import { type QueryData, QueryService } from './query-service.ts';

/** A query is short when a query thread answered its like in this time at most, the last time one did. */
const SHORT_MS_MAX = 1;
/** One that takes longer here is not short any more until a query thread has answered its like in time. */
const SHORT_HERE_MS_MAX = 2;
const HERE_LIMITS = { queryDurationMsMax: 4, querySamplesMax: 200_000, queryMemoryBytesMax: 16 * 1024 ** 2 };
const HERE_DECODED_BYTES_MAX = 4 * 1024 ** 2;
const KINDS_MAX = 2000;
/** Longer requests are not remembered. */
const KIND_CHARACTERS_MAX = 2000;
/** Not the number of any thread that may end before the process does: those are small. */
const HERE_OWNER_ID = 2 ** 31 - 1;
const TIMES = /(^|[?&])(?:start|end|time)=[^&]*/g;

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
}

export class QueryRunner {
  readonly #threads: QueryThreads;
  readonly #here: QueryService;
  /** By kind, how long the last one took a query thread, in milliseconds. */
  readonly #durationsMs = new LruMap<string, number>(KINDS_MAX);
  #isTurnTaken = false;

  constructor({ threads, data, clock }: QueryRunnerOptions) {
    this.#threads = threads;
    this.#here = new QueryService({
      data: { ...data, limits: tightened(data.limits) },
      clock,
      ownerId: HERE_OWNER_ID,
      decodedBytesMax: HERE_DECODED_BYTES_MAX,
    });
  }

  /** On query threads, or waiting for one. */
  get running(): number {
    return this.#threads.running;
  }

  /** @throws PromontoryError ERR_QUERY_QUEUE_FULL (overload), at once */
  run(request: QueryRequest): RunningQuery {
    const kind = kindOf(request);
    const isShort = (this.#durationsMs.get(kind) ?? Infinity) <= SHORT_MS_MAX;
    return isShort && this.#takeTurn() ? this.#runHere(kind, request) : this.#runThere(kind, request);
  }

  async close(): Promise<void> {
    await this.#threads.close();
    await this.#here.close();
  }

  #takeTurn(): boolean {
    if (this.#isTurnTaken) return false;
    this.#isTurnTaken = true;
    setImmediate(() => {
      this.#isTurnTaken = false;
    });
    return true;
  }

  #runThere(kind: string, request: QueryRequest): RunningQuery {
    const query = this.#threads.run(request);
    const response = query.response.then((lent) => {
      if (lent.response.status === 200) this.#learn(kind, lent.durationMs);
      return lent;
    });
    return { response, cancel: () => query.cancel() };
  }

  /** What fails may fail for want of room: then a query thread says what the client is told. */
  #runHere(kind: string, request: QueryRequest): RunningQuery {
    let moved: RunningQuery | null = null;
    const response = this.#here
      .answer(request, () => false)
      .then((answer): LentResponse | Promise<LentResponse> => {
        const isAnswered = answer.response.status === 200 && answer.damages.length === 0;
        if (!isAnswered || answer.durationMs > SHORT_HERE_MS_MAX) this.#learn(kind, Infinity);
        if (isAnswered) return { ...answer, giveBack: () => undefined };
        moved = this.#runThere(kind, request);
        return moved.response;
      });
    return { response, cancel: () => moved?.cancel() };
  }

  #learn(kind: string, durationMs: number): void {
    if (kind.length <= KIND_CHARACTERS_MAX) this.#durationsMs.set(kind, durationMs);
  }
}

/** What is the same when a dashboard asks again: everything but the times. */
function kindOf({ method, path, queryString, body }: QueryRequest): string {
  if (body.length > KIND_CHARACTERS_MAX) return '';
  const text =
    body.length === 0 ? '' : Buffer.from(body.buffer, body.byteOffset, body.length).toString('latin1');
  return `${method} ${path}?${queryString.replace(TIMES, '$1')} ${text.replace(TIMES, '$1')}`;
}

function tightened(limits: ApiLimits): ApiLimits {
  return {
    ...limits,
    queryDurationMsMax: Math.min(limits.queryDurationMsMax, HERE_LIMITS.queryDurationMsMax),
    querySamplesMax: Math.min(limits.querySamplesMax, HERE_LIMITS.querySamplesMax),
    queryMemoryBytesMax: Math.min(limits.queryMemoryBytesMax, HERE_LIMITS.queryMemoryBytesMax),
  };
}
