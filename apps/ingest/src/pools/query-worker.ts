/** Entry of a query thread: the HTTP API over a reader of its own. */
import { threadId } from 'node:worker_threads';
import { workerData } from 'piscina';
import { systemClock } from '@promontory/base';
import type { Damage } from '@promontory/tsdb';
import { type Api, type ApiLimits, type ApiResponse, type BuildInfo, createApi } from '@promontory/http-api';
import { QueryEngine } from '@promontory/promql';
import { type GenerationsMemory, TsdbReader } from '@promontory/tsdb/threads';
import { AnswerSlabs, type SlabLease } from './answer-slabs.ts';
import { TsdbSeriesSource } from '../query/tsdb-series-source.ts';

const PARSED_QUERIES_MAX = 1000;

export interface QueryWorkerData {
  readonly directory: string;
  readonly generations: GenerationsMemory;
  /** Word i is 1 once nobody waits for the query with cancel index i. */
  readonly cancelFlags: SharedArrayBuffer;
  readonly limits: ApiLimits;
  readonly build: BuildInfo;
  /** Whether queries may use what is experimental in PromQL. */
  readonly experimental: boolean;
}

export interface QueryTask {
  readonly method: string;
  readonly path: string;
  readonly queryString: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
  readonly cancelIndex: number;
}

export interface QueryAnswer {
  readonly response: ApiResponse;
  /** To be given back when the body was sent, or is not wanted; null when it is nobody's but the receiver's. */
  readonly lease: SlabLease | null;
  /** What the client is not told: the error behind a 500, or ''. */
  readonly internalError: string;
  /** What was found damaged and left out, when this thread met it first. */
  readonly damages: readonly Damage[];
}

class QueryWorker {
  readonly #api: Api;
  readonly #cancelFlags: Int32Array;
  readonly #slabs = new AnswerSlabs();
  #internalError = '';
  #damages: Damage[] = [];

  constructor(data: QueryWorkerData) {
    const reader = new TsdbReader({
      directory: data.directory,
      memory: data.generations,
      ownerId: threadId,
      onDamage: (damage) => this.#damages.push(damage),
    });
    this.#cancelFlags = new Int32Array(data.cancelFlags);
    this.#api = createApi({
      engine: new QueryEngine({
        parseCacheEntriesMax: PARSED_QUERIES_MAX,
        parse: { experimental: data.experimental },
      }),
      source: new TsdbSeriesSource(reader),
      clock: systemClock,
      limits: data.limits,
      build: data.build,
      allocateBody: this.#slabs.allocate,
      retryJitter: Math.random,
      onInternalError: (error) => {
        this.#internalError = error instanceof Error ? (error.stack ?? error.message) : String(error);
      },
    });
  }

  async answer(task: QueryTask): Promise<QueryAnswer> {
    this.#internalError = '';
    this.#damages = [];
    const isCancelled = (): boolean => Atomics.load(this.#cancelFlags, task.cancelIndex) === 1;
    const response = await this.#api.handle(task, { isCancelled });
    const lease = this.#slabs.finish(response.body);
    // All of the memory behind a body goes to the other thread, as a copy unless it is shared.
    const body = response.body.buffer instanceof SharedArrayBuffer ? response.body : response.body.slice();
    return {
      response: { ...response, body },
      lease,
      internalError: this.#internalError,
      damages: this.#damages,
    };
  }
}

const worker = new QueryWorker(workerData as QueryWorkerData);

/** The thread has loaded its modules when this is called. */
export function loaded(): void {}

export function answerQuery(task: QueryTask): Promise<QueryAnswer> {
  return worker.answer(task);
}
