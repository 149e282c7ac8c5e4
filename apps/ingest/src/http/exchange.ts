/**
 * One request and its answer on a uWebSockets.js connection. Answers once; when the client has gone before,
 * the answer is dropped. Bodies respect back-pressure: what the socket does not take stays here.
 */
import { STATUS_CODES } from 'node:http';
import type { ApiResponse, ExtraHeaders } from '@promontory/http-api';
import type { RequestHead } from './request-head.ts';
import type { HttpResponse } from './uws.ts';

export interface ReplyOptions {
  /** For requests whose body was not read to its end, or whose framing is broken. */
  readonly closeConnection: boolean;
}

/** The rest of a body that is made piece by piece. */
export interface PieceSource {
  /** One at a time. @returns null at the end; a rejection tears the answer */
  next(): Promise<Uint8Array | null>;
}

/** Of 499, the only status that Node.js has no text for. */
const CANCELLED_TEXT = 'Client Closed Request';
/** How often a client that takes its answer slowly is offered more. */
const URGE_MS = 3000;
const URGES_PER_LOOK = 10;
/** Between two looks: 16 KB/s, as of uploads. */
const TAKEN_BYTES_MIN = 16 * 1024 * 30;
const KEEP_OPEN: ReplyOptions = { closeConnection: false };

export class Exchange {
  readonly head: RequestHead;
  /** Who asks: the id of the access key, '' until it is known. */
  user = '';
  #moreHeaders: ExtraHeaders = [];
  readonly #response: HttpResponse;
  readonly #onOver: (() => void)[];
  #isReplied = false;
  #onReply: ((status: number) => void) | null = null;
  #onEnd: () => void = () => undefined;
  #isOver = false;

  /**
   * Takes the response over: nobody else may touch it.
   *
   * @param onOver called once, when the answer is given in full or the client has gone
   */
  constructor(response: HttpResponse, head: RequestHead, onOver: () => void) {
    this.#response = response;
    this.#onOver = [onOver];
    this.head = head;
    response.onAborted(() => this.#end());
  }

  /** True when the client has gone or the answer is given. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whose connection it is; only before the exchange is over. */
  get remoteAddress(): string {
    return this.#isOver ? '' : Buffer.from(this.#response.getRemoteAddressAsText()).toString('latin1');
  }

  /** @param headers for the answer, whatever it will be */
  setHeaders(headers: ExtraHeaders): void {
    this.#moreHeaders = headers;
  }

  /** @param handler called once, when the answer is given in full or the client has gone; at once if that was before */
  onOver(handler: () => void): void {
    if (this.#isOver) handler();
    else this.#onOver.push(handler);
  }

  /** @param handler called once with the status, as the answer is given */
  onReply(handler: (status: number) => void): void {
    this.#onReply = handler;
  }

  /**
   * Receives the body piece by piece.
   *
   * @param handler the chunk is valid only during the call: copy it
   */
  onBody(handler: (chunk: Uint8Array, isLast: boolean) => void): void {
    this.#response.onData((chunk, isLast) => {
      if (!this.#isOver) handler(new Uint8Array(chunk), isLast);
    });
  }

  /** The first answer is it: later ones are dropped. */
  reply(response: ApiResponse, options: ReplyOptions = KEEP_OPEN): void {
    if (this.#isOver || this.#isReplied) return;
    this.#isReplied = true;
    this.#onReply?.(response.status);
    this.#response.cork(() => {
      this.#writeHead(response);
      this.#writeBody(response, options.closeConnection);
    });
  }

  /**
   * Answers with a body whose length nobody knows yet: the response's own, and then the pieces. The next one is made while
   * the one before is sent, and no more than that. A client that takes less than a megabyte or so in ten seconds loses its
   * connection (uWebSockets.js sees to that); so does one whose pieces fail, because that is how it learns that the answer
   * is torn.
   *
   * @returns resolves when the answer is over, in whatever way
   */
  async replyInPieces(response: ApiResponse, pieces: PieceSource): Promise<void> {
    if (this.#isOver || this.#isReplied) return;
    this.#isReplied = true;
    this.#onReply?.(response.status);
    let isTaken = true;
    this.#response.cork(() => {
      this.#writeHead(response);
      if (response.body.length > 0) isTaken = this.#response.write(response.body);
    });
    try {
      for (let upcoming = this.#ask(pieces); ; upcoming = this.#ask(pieces)) {
        if (!isTaken) await this.#drained();
        const piece = await upcoming;
        if (this.#isOver) return;
        if (piece === null) break;
        this.#response.cork(() => {
          isTaken = this.#response.write(piece);
        });
      }
    } catch {
      this.close();
      return;
    }
    this.#response.cork(() => this.#response.end());
    this.#end();
  }

  /** Ends the connection, so that the client learns that there will be no answer, or no more of it. */
  close(): void {
    if (!this.#isOver) this.#response.close();
  }

  /** What fails while nobody waits for it yet is met when somebody does. */
  #ask(pieces: PieceSource): Promise<Uint8Array | null> {
    const piece = pieces.next();
    piece.catch(() => undefined);
    return piece;
  }

  /**
   * What waits goes on when the handler has returned, not in its microtasks: uWebSockets.js watches a socket no more that is
   * written to within the handler, and the answer would stand still.
   *
   * @returns resolves when the socket has taken everything, or the client has gone
   */
  #drained(): Promise<void> {
    return new Promise((resolve) => {
      this.#onEnd = resolve;
      this.#response.onWritable(() => {
        setImmediate(resolve);
        return true;
      });
    });
  }

  #writeHead(response: ApiResponse): void {
    const { status, headers } = response;
    this.#response.writeStatus(`${status} ${STATUS_CODES[status] ?? CANCELLED_TEXT}`);
    for (const [name, value] of headers) this.#response.writeHeader(name, value);
    for (const [name, value] of this.#moreHeaders) this.#response.writeHeader(name, value);
  }

  #writeBody({ status, body }: ApiResponse, closeConnection: boolean): void {
    const response = this.#response;
    if (status === 204) {
      // Any argument, undefined too, would become a Content-Length, which a 204 must not have.
      response.endWithoutBody();
    } else if (this.head.method === 'HEAD') {
      this.#writeLengthAlone(body.length, closeConnection);
    } else if (body.length === 0 || closeConnection) {
      response.end(body, closeConnection);
    } else {
      this.#stream(body);
      return;
    }
    this.#end();
  }

  /**
   * A length passed to `endWithoutBody` is waited for: the answer would never be over, and the next request
   * on the connection would close it. So it goes out as a header, or as zero where the connection closes.
   */
  #writeLengthAlone(length: number, closeConnection: boolean): void {
    if (closeConnection) this.#response.endWithoutBody(0, true);
    else this.#response.writeHeader('Content-Length', String(length)).endWithoutBody();
  }

  /**
   * The offset that the socket reports says how much of the body it has taken. Small bodies go this way too:
   * a client that asks on one connection and never reads would gather any number of them in the socket.
   */
  #stream(body: Uint8Array): void {
    const response = this.#response;
    const start = response.getWriteOffset();
    const send = (): boolean => {
      const rest = body.subarray(response.getWriteOffset() - start);
      const [isTaken, isDone] = response.tryEnd(rest, body.length);
      if (isDone) this.#end();
      return isTaken;
    };
    response.onWritable(send);
    send();
    if (!this.#isOver) this.#urge(send);
  }

  /**
   * The kernel tells of room when a third of its buffer is free, a megabyte and more: with a slow client that is later than
   * the ten seconds after which uWebSockets.js closes a connection. Trying sooner moves what there is room for, and begins
   * the ten seconds anew, as long as the client takes its answer at some rate: until then the answer holds memory.
   */
  #urge(send: () => boolean): void {
    const response = this.#response;
    let offset = response.getWriteOffset();
    let urges = 0;
    const timer = setInterval(() => {
      response.cork(send);
      if (this.#isOver || ++urges < URGES_PER_LOOK) return;
      const takenBytes = response.getWriteOffset() - offset;
      if (takenBytes < TAKEN_BYTES_MIN) this.close();
      else [offset, urges] = [offset + takenBytes, 0];
    }, URGE_MS);
    this.onOver(() => clearInterval(timer));
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#onEnd();
    for (const handler of this.#onOver) handler();
  }
}
