/**
 * A body that a query thread makes piece by piece while the HTTP thread sends it. The thread makes a piece only when it
 * is asked for one, between other queries, so that a client that reads slowly costs what its stream pins and no thread.
 */
import type { MessagePort } from 'node:worker_threads';
import { type ErrorKind, PromontoryError } from '@promontory/base';
import type { BodyStream } from '@promontory/http-api';
import { ERR_ANSWER_TORN } from '../error-codes.ts';
import { errorDetail } from '../error-detail.ts';

const TORN = { code: ERR_ANSWER_TORN, kind: 'internal' } as const;

const PIECE_BYTES = 1 << 20;

type Wish = 'next' | 'close';

type Reply = { readonly piece: Uint8Array } | { readonly isOver: true } | { readonly failure: Failure };

interface Failure {
  readonly code: string;
  readonly kind: ErrorKind;
  /** For the log. */
  readonly detail: string;
}

/**
 * In the query thread: a body that is there already, in pieces. Copied to the other thread whole, a large one would keep it
 * from everything else for a tenth of a second and more.
 */
export class BodyPieces implements BodyStream {
  readonly heldBytes: number;
  #body: Uint8Array;
  #at = 0;

  constructor(body: Uint8Array) {
    this.heldBytes = body.buffer.byteLength;
    this.#body = body;
  }

  next(): Uint8Array | null {
    if (this.#at >= this.#body.length) return null;
    const start = this.#at;
    this.#at = Math.min(start + PIECE_BYTES, this.#body.length);
    // With memory of its own: all that lies behind a piece is copied.
    return new Uint8Array(this.#body.subarray(start, this.#at));
  }

  close(): void {
    this.#body = new Uint8Array(0);
  }
}

/** What the HTTP thread is given of a stream. */
export interface StreamEnd {
  readonly port: MessagePort;
  readonly heldBytes: number;
}

/** In the query thread: serves the stream until the other side closes the port, or its thread ends. */
export function serveStream(stream: BodyStream, port: MessagePort): void {
  port.on('message', (wish: Wish) => {
    if (wish === 'close') port.close();
    else port.postMessage(replyOf(stream));
  });
  port.on('close', () => stream.close());
}

function replyOf(stream: BodyStream): Reply {
  try {
    const piece = stream.next();
    return piece === null ? { isOver: true } : { piece };
  } catch (error) {
    const { code, kind } = error instanceof PromontoryError ? error : TORN;
    return { failure: { code, kind, detail: errorDetail(error) } };
  }
}

/** In the HTTP thread. */
export interface AnswerStream {
  /** Of pieces that wait in the query thread already. */
  readonly heldBytes: number;
  /**
   * One at a time.
   *
   * @returns the next piece, the receiver's; null at the end
   * @throws PromontoryError with code and kind of what the thread threw; ERR_ANSWER_TORN (internal): its error had none,
   *   or it has ended
   */
  next(): Promise<Uint8Array | null>;
  /** No more is wanted; twice is fine. */
  close(): void;
}

export class PortStream implements AnswerStream {
  readonly heldBytes: number;
  readonly #port: MessagePort;
  readonly #onClosed: () => void;
  #waiting: PromiseWithResolvers<Uint8Array | null> | null = null;
  #isClosed = false;

  /** @param onClosed called once, when nothing is made any more */
  constructor({ port, heldBytes }: StreamEnd, onClosed: () => void) {
    this.heldBytes = heldBytes;
    this.#port = port;
    this.#onClosed = onClosed;
    port.on('message', (reply: Reply) => this.#receive(reply));
    port.on('close', () => this.#end());
  }

  next(): Promise<Uint8Array | null> {
    this.#waiting = Promise.withResolvers();
    if (this.#isClosed) this.#waiting.reject(torn('it is closed'));
    else this.#port.postMessage('next' satisfies Wish);
    return this.#waiting.promise;
  }

  close(): void {
    // The thread closes the port, when it makes nothing any more.
    if (!this.#isClosed) this.#port.postMessage('close' satisfies Wish);
  }

  #receive(reply: Reply): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    if ('piece' in reply) waiting?.resolve(reply.piece);
    else if ('isOver' in reply) waiting?.resolve(null);
    else waiting?.reject(torn(reply.failure.detail, reply.failure));
  }

  #end(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#waiting?.reject(torn('its thread has ended'));
    this.#onClosed();
  }
}

function torn(why: string, { code, kind }: Pick<Failure, 'code' | 'kind'> = TORN): PromontoryError {
  return new PromontoryError(`cannot finish answer: ${why}`, { code, kind });
}
