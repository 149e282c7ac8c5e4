/**
 * The storage thread's side of administrative requests: takes them from the port, has the writer do them, one after the other
 * as its turns come, and answers. The port is looked into and not listened to, because the thread sleeps without an
 * event loop; who sends wakes it.
 */
import { rmdirSync } from 'node:fs';
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { DeletionCounts } from '@promontory/http-api';
import type { TsdbWriter } from '@promontory/tsdb/threads';
import {
  type AdminAnswer,
  type AdminCall,
  adminFailure,
  type AdminRequest,
  matcherOf,
} from './admin-message.ts';

export type AdministeredWriter = Pick<TsdbWriter, 'deleteSamples' | 'cleanTombstones' | 'backup'>;

export class AdminDesk {
  readonly #writer: AdministeredWriter;
  readonly #port: MessagePort;
  readonly #onDone: () => void;
  #openCount = 0;
  #settled: Promise<void> = Promise.resolve();

  /** @param onDone called when something was done, before it is answered */
  constructor(writer: AdministeredWriter, port: MessagePort, onDone: () => void) {
    this.#writer = writer;
    this.#port = port;
    this.#onDone = onDone;
  }

  /** Begins what was asked for since the last call. How many wait is bounded by who sends. */
  takeAll(): void {
    for (
      let received = receiveMessageOnPort(this.#port);
      received;
      received = receiveMessageOnPort(this.#port)
    ) {
      this.#openCount++;
      this.#settled = Promise.all([this.#settled, this.#serve(received.message as AdminCall)]).then(
        () => undefined,
      );
    }
  }

  /** Whether something is under way: it needs the event loop. */
  get isBusy(): boolean {
    return this.#openCount > 0;
  }

  /** Resolves when everything that was begun is answered. Never rejects. */
  get settled(): Promise<void> {
    return this.#settled;
  }

  async #serve({ callId, request }: AdminCall): Promise<void> {
    let answer: AdminAnswer;
    try {
      const counts = await this.#run(request);
      this.#onDone();
      answer = { callId, failure: null, counts };
    } catch (error) {
      answer = { callId, failure: adminFailure(error), counts: null };
    }
    this.#openCount--;
    this.#port.postMessage(answer);
  }

  async #run(request: AdminRequest): Promise<DeletionCounts | null> {
    switch (request.what) {
      case 'delete':
        return this.#writer.deleteSamples({
          ...request,
          matcherSets: request.matcherSets.map((matchers) => matchers.map(matcherOf)),
        });
      case 'clean':
        await this.#writer.cleanTombstones();
        return null;
      case 'snapshot':
        await this.#backup(request.directory);
        return null;
      default:
        return request satisfies never;
    }
  }

  async #backup(directory: string): Promise<void> {
    try {
      await this.#writer.backup(directory);
    } catch (error) {
      removeEmptyFolder(directory);
      throw error;
    }
  }
}

/** A backup that fails deletes what it wrote, but not the folder, which might have been there before. */
function removeEmptyFolder(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // It was never made, or is not empty: nothing to do about it here.
  }
}
