/** For tests: as much of an exchange as routes need, and what became of it. */
import type { ApiResponse } from '@promontory/http-api';
import type { Exchange, PieceSource } from './exchange.ts';
import type { RequestHead } from './request-head.ts';

export class TestExchange {
  isOver = false;
  readonly user = 'alice';
  readonly remoteAddress = '10.0.0.1';
  readonly head: RequestHead;
  readonly replies: ApiResponse[] = [];
  /** Of an answer in pieces, once there is one. */
  pieces: PieceSource | null = null;
  isClosed = false;
  /** Whether its client takes the answer at once. */
  isTaking = true;
  readonly #onOver: (() => void)[] = [];
  readonly #chunks: readonly Uint8Array[];

  readonly #isWhole: boolean;

  /**
   * @param chunks of the body
   * @param isWhole whether there are no more
   */
  constructor(
    head: Partial<RequestHead>,
    chunks: readonly Uint8Array[] = [new Uint8Array(0)],
    isWhole = true,
  ) {
    this.head = {
      method: 'GET',
      path: '/',
      queryString: '',
      headers: new Map(),
      contentLength: null,
      framingProblem: '',
      ...head,
    };
    this.#chunks = chunks;
    this.#isWhole = isWhole;
  }

  get asExchange(): Exchange {
    // It has the members that routes use.
    return this as unknown as Exchange;
  }

  /** Status and body of each reply. */
  get told(): [number, string][] {
    return this.replies.map(({ status, body }) => [status, Buffer.from(body).toString()]);
  }

  onOver(handler: () => void): void {
    if (this.isOver) handler();
    else this.#onOver.push(handler);
  }

  onBody(handler: (chunk: Uint8Array, isLast: boolean) => void): void {
    this.#chunks.forEach((chunk, index) =>
      handler(chunk, this.#isWhole && index === this.#chunks.length - 1),
    );
  }

  reply(response: ApiResponse): void {
    if (this.isOver || this.replies.length > 0) return;
    this.replies.push(response);
    if (this.isTaking) this.end();
  }

  /** Leaves it to the test to take the pieces. */
  replyInPieces(response: ApiResponse, pieces: PieceSource): Promise<void> {
    if (this.isOver || this.replies.length > 0) return Promise.resolve();
    this.replies.push(response);
    this.pieces = pieces;
    return Promise.resolve();
  }

  close(): void {
    if (this.isOver) return;
    this.isClosed = true;
    this.end();
  }

  /** What a client that goes away or has the whole answer causes. */
  end(): void {
    this.isOver = true;
    for (const handler of this.#onOver) handler();
  }
}
