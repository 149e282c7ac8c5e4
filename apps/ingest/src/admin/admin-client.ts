/**
 * The HTTP thread's side of administrative requests: hands them to the storage thread, bounded, and gives every one of them
 * an answer, also when the server stops. What was handed over is done even when who asked has gone.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { assert, type Clock, PromontoryError } from '@promontory/base';
import type { DeletionCounts, DeletionRequest, StorageAdmin } from '@promontory/http-api';
import { ERR_ADMIN_QUEUE_FULL, ERR_SNAPSHOT_RUNNING, ERR_STOPPING } from '../error-codes.ts';
import {
  type AdminAnswer,
  type AdminCall,
  type AdminFailure,
  adminFailure,
  type AdminRequest,
  plainMatcher,
} from './admin-message.ts';

/** Requests that are not answered yet, the one that is worked on among them. */
export const ADMIN_CALLS_MAX = 16;

export interface AdminClientOptions {
  readonly port: MessagePort;
  /** Called after each message: the storage thread may sleep. */
  readonly wake: () => void;
  /** Each snapshot is a folder in it. */
  readonly snapshotsDirectory: string;
  readonly clock: Clock;
  /** Told of each request that was answered. */
  readonly onAnswered: (request: AdminRequest, outcome: DeletionCounts | AdminFailure | null) => void;
}

interface OpenCall {
  readonly request: AdminRequest;
  readonly resolve: (counts: DeletionCounts | null) => void;
  readonly reject: (error: PromontoryError) => void;
}

export class AdminClient implements StorageAdmin {
  readonly #options: AdminClientOptions;
  readonly #open = new Map<number, OpenCall>();
  #lastCallId = 0;
  #isClosed = false;

  constructor(options: AdminClientOptions) {
    this.#options = options;
    options.port.on('message', (answer: AdminAnswer) => this.#settle(answer)).unref();
  }

  async deleteSamples({ matcherSets, ...request }: DeletionRequest): Promise<DeletionCounts> {
    const plainSets = matcherSets.map((matchers) => matchers.map(plainMatcher));
    const counts = await this.#ask({ what: 'delete', matcherSets: plainSets, ...request });
    assert(counts !== null, 'a deletion that was done is counted');
    return counts;
  }

  async cleanTombstones(): Promise<void> {
    await this.#ask({ what: 'clean' });
  }

  async snapshot(): Promise<string> {
    const { clock, snapshotsDirectory } = this.#options;
    for (const { request } of this.#open.values()) if (request.what === 'snapshot') throw snapshotRunning();
    const name = snapshotName(clock.nowMs(), randomBytes(8));
    await this.#ask({ what: 'snapshot', directory: join(snapshotsDirectory, name) });
    return name;
  }

  /** Hands out the answers that are there; what has none by now fails with ERR_STOPPING, and so does what comes later. */
  close(): void {
    const { port } = this.#options;
    this.#isClosed = true;
    for (let received = receiveMessageOnPort(port); received; received = receiveMessageOnPort(port))
      this.#settle(received.message as AdminAnswer);
    for (const callId of this.#open.keys())
      this.#settle({ callId, failure: adminFailure(stopped()), counts: null });
    port.close();
  }

  #ask(request: AdminRequest): Promise<DeletionCounts | null> {
    if (this.#isClosed) throw stopped();
    if (this.#open.size >= ADMIN_CALLS_MAX) throw queueFull();
    const { port, wake } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<DeletionCounts | null>();
    const call: AdminCall = { callId: ++this.#lastCallId, request };
    this.#open.set(call.callId, { request, resolve, reject });
    port.postMessage(call);
    wake();
    return promise;
  }

  #settle({ callId, failure, counts }: AdminAnswer): void {
    const call = this.#open.get(callId);
    if (call === undefined) return;
    this.#open.delete(callId);
    this.#options.onAnswered(call.request, failure ?? counts);
    if (failure === null) call.resolve(counts);
    else call.reject(new PromontoryError(failure.message, failure));
  }
}

/**
 * As Prometheus names them: the second in UTC and 63 random bits.
 *
 * @param random 8 bytes
 */
export function snapshotName(nowMs: number, random: Buffer): string {
  const second = new Date(nowMs).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const bits = BigInt.asUintN(63, random.readBigUInt64BE());
  return `${second}-${bits.toString(16).padStart(16, '0')}`;
}

function queueFull(): PromontoryError {
  return new PromontoryError(
    `cannot take administrative request: ${ADMIN_CALLS_MAX} are not answered yet; try again when they are`,
    { code: ERR_ADMIN_QUEUE_FULL, kind: 'overload' },
  );
}

function snapshotRunning(): PromontoryError {
  return new PromontoryError('cannot make snapshot: one is being made; try again when it is done', {
    code: ERR_SNAPSHOT_RUNNING,
    kind: 'overload',
  });
}

function stopped(): PromontoryError {
  return new PromontoryError('cannot do administrative request: the server is shutting down', {
    code: ERR_STOPPING,
    kind: 'unavailable',
  });
}
