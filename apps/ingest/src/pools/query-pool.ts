/**
 * The query threads: one request at a time each, and a bounded line before them. One that waits is cancelled at once, one
 * that runs by a shared flag.
 */
import { Piscina } from 'piscina';
import { errorMessage, PromontoryError, systemClock } from '@promontory/base';
import { type ApiResponse, readPatienceMs } from '@promontory/http-api';
import type { OnDamage } from '@promontory/tsdb';
import { releaseReaders } from '@promontory/tsdb/threads';
import { ERR_QUERY_CANCELLED, ERR_QUERY_TIMEOUT } from '@promontory/promql';
import { ERR_QUERY_QUEUE_FULL, ERR_QUERY_THREAD_LOST, ERR_STOPPING } from '../error-codes.ts';
import type { QueryData } from '../query/query-service.ts';
import { STREAMS_MAX } from '../request-limits.ts';
import { type Admission, AdmissionGate } from './admission-gate.ts';
import { giveBackBody } from './answer-memory.ts';
import { type AnswerStream, PortStream } from './answer-stream.ts';
import type { QueryAnswer, QueryTask, QueryWorkerData } from './query-worker.ts';
import { threadsLoaded } from './threads-loaded.ts';
import { Turn } from './turn.ts';

/** A query that needs more objects than this ends its thread, not the process; columns of samples lie outside. */
const HEAP_MEGABYTES_MAX = 2048;
const SHUTDOWN_GRACE_MS = 300;
const CANCELLED = { code: ERR_QUERY_CANCELLED, kind: 'cancelled' } as const;
const TIMED_OUT = { code: ERR_QUERY_TIMEOUT, kind: 'timeout' } as const;
const STOPPING = { code: ERR_STOPPING, kind: 'unavailable' } as const;

export const QUERY_WORKER = new URL('./query-worker.ts', import.meta.url);

export interface QueryPoolOptions {
  /** Of the threads: what QUERY_WORKER is. */
  readonly entry: URL;
  readonly threads: number;
  /** Options of Node.js for the threads; null for those of the command line. */
  readonly execArgv: readonly string[] | null;
  readonly queueMax: number;
  readonly data: QueryData;
  readonly onInternalError: (error: string, request: QueryRequest) => void;
  /** Told of what a query found damaged and left out, each place once a thread. */
  readonly onDamage: OnDamage;
}

export type QueryRequest = Omit<QueryTask, 'cancelIndex'>;

/** A response whose body is lent: to be given back when it was sent or is not wanted, and not to be read after. */
export interface LentResponse {
  readonly response: ApiResponse;
  /** What it took a thread to answer, waiting apart. */
  readonly durationMs: number;
  readonly giveBack: () => void;
  /** The rest of the body, when it is made piece by piece: to be closed, whatever happens. */
  readonly stream: AnswerStream | null;
}

/** A query on its way. `cancel` may be called at any time; once the query is answered it does nothing. */
export interface RunningQuery {
  readonly response: Promise<LentResponse>;
  cancel(): void;
}

export class QueryPool {
  readonly #pool: Piscina;
  readonly #loaded: Promise<void>;
  readonly #queriesMax: number;
  readonly #gate: AdmissionGate;
  readonly #cancelFlags: Int32Array;
  readonly #freeIndexes: number[];
  /** Not answered yet, to the last piece. */
  readonly #running = new Set<RunningQuery>();
  readonly #onInternalError: QueryPoolOptions['onInternalError'];
  readonly #onDamage: OnDamage;
  readonly #durationMsMax: number;
  #isClosed = false;

  constructor(options: QueryPoolOptions) {
    this.#queriesMax = options.threads + options.queueMax;
    this.#gate = new AdmissionGate(options.threads, options.queueMax);
    const flagCount = this.#queriesMax + STREAMS_MAX;
    const cancelFlags = new SharedArrayBuffer(flagCount * 4);
    this.#cancelFlags = new Int32Array(cancelFlags);
    this.#freeIndexes = Array.from({ length: flagCount }, (_, index) => index);
    this.#onInternalError = options.onInternalError;
    this.#onDamage = options.onDamage;
    this.#durationMsMax = options.data.limits.queryDurationMsMax;
    const workerData: QueryWorkerData = { ...options.data, cancelFlags };
    this.#pool = new Piscina({
      filename: options.entry.href,
      ...(options.execArgv !== null && { execArgv: [...options.execArgv] }),
      minThreads: options.threads,
      maxThreads: options.threads,
      concurrentTasksPerWorker: 1,
      // A thread serves its streams between queries: it must not sleep outside of its event loop.
      atomics: 'disabled',
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MEGABYTES_MAX },
      workerData,
    });
    this.#loaded = threadsLoaded(this.#pool, options.threads);
    this.#watchThreads(options.data.generations);
  }

  get running(): number {
    return this.#running.size;
  }

  /** @throws PromontoryError ERR_QUERY_QUEUE_FULL (overload), ERR_STOPPING (unavailable), at once */
  run(request: QueryRequest): RunningQuery {
    if (this.#isClosed) throw new PromontoryError('the server is shutting down', STOPPING);
    const turn = new Turn();
    const place = this.#gate.tryEnter(() => turn.come());
    const index = this.#freeIndexes.pop();
    if (place === null || index === undefined) {
      place?.leave();
      if (index !== undefined) this.#freeIndexes.push(index);
      throw this.#full();
    }
    Atomics.store(this.#cancelFlags, index, 0);
    if (turn.isWaiting) {
      const waitedMs = systemClock.nowMs() - request.receivedMs;
      const lateError = new PromontoryError('query timed out in query queue', TIMED_OUT);
      turn.endAfter(readPatienceMs(request, this.#durationMsMax) - waitedMs, lateError);
    }
    // The flag belongs to the next query once this one is answered.
    const end = (): void => {
      if (this.#running.delete(query)) this.#freeIndexes.push(index);
    };
    const cancel = (): void => {
      if (!this.#running.has(query)) return;
      Atomics.store(this.#cancelFlags, index, 1);
      turn.end(new PromontoryError('query was canceled while it waited for a thread', CANCELLED));
    };
    const response = this.#answer({ ...request, cancelIndex: index }, turn.coming, place, end);
    const query: RunningQuery = { response, cancel };
    this.#running.add(query);
    return query;
  }

  /** Cancels what waits and what runs, gives it a moment to end, then ends the threads. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const query of this.#running) query.cancel();
    const timer = new Promise((resolve) => {
      setTimeout(resolve, SHUTDOWN_GRACE_MS).unref();
    });
    await this.#loaded;
    await Promise.race([this.#pool.close(), timer]);
    await this.#pool.destroy();
  }

  /**
   * @param turn when there is a thread for it; rejects when nobody waits for it any more
   * @param onEnd called when no thread has anything to do with it any more
   */
  async #answer(
    task: QueryTask,
    turn: Promise<void>,
    place: Admission,
    onEnd: () => void,
  ): Promise<LentResponse> {
    try {
      await turn;
      return this.#receive(await this.#runOnThread(task), onEnd);
    } catch (error) {
      onEnd();
      throw error;
    } finally {
      place.leave();
    }
  }

  #full(): PromontoryError {
    return new PromontoryError(
      `cannot take query: ${this.#queriesMax} are running or waiting, the limit; retry later or raise --query-threads or --query-queue-max`,
      { code: ERR_QUERY_QUEUE_FULL, kind: 'overload', context: { queriesMax: this.#queriesMax } },
    );
  }

  async #runOnThread(task: QueryTask): Promise<QueryAnswer> {
    try {
      const answer = (await this.#pool.run(task, { name: 'answerQuery' })) as QueryAnswer;
      if (answer.internalError !== '') this.#onInternalError(answer.internalError, task);
      return answer;
    } catch (cause) {
      this.#onInternalError(errorMessage(cause), task);
      throw new PromontoryError(
        'cannot answer query: its thread was lost; it may need more memory than there is',
        {
          code: ERR_QUERY_THREAD_LOST,
          kind: 'unavailable',
          cause,
        },
      );
    }
  }

  #receive(answer: QueryAnswer, onEnd: () => void): LentResponse {
    for (const damage of answer.damages) this.#onDamage(damage);
    const { response, durationMs, lease, rest } = answer;
    const stream = rest === null ? null : new PortStream(rest, onEnd);
    if (stream === null) onEnd();
    return { response, durationMs, giveBack: () => void (lease !== null && giveBackBody(lease)), stream };
  }

  /** A thread that ends by force leaves its reader slot: give it back. */
  #watchThreads(generations: QueryWorkerData['generations']): void {
    const watched = new Set<number>();
    const watch = (): void => {
      for (const thread of this.#pool.threads) {
        const { threadId } = thread;
        if (watched.has(threadId)) continue;
        watched.add(threadId);
        thread.once('exit', () => {
          watched.delete(threadId);
          releaseReaders(generations, threadId);
        });
      }
    };
    watch();
    this.#pool.on('workerCreate', watch);
  }
}
