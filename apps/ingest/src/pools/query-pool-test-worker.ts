/** A query thread that does what a request says in its query string: answers, at once or late, streams, or ends. */
import { MessageChannel } from 'node:worker_threads';
import { move, transferableSymbol, valueSymbol } from 'piscina';
import { serveStream } from './answer-stream.ts';
import type { QueryAnswer, QueryTask } from './query-worker.ts';

const BUSY_MS = 200;

export function loaded(): void {}

export function answerQuery({ queryString }: QueryTask): QueryAnswer {
  if (queryString === 'end') process.exit();
  if (queryString === 'busy') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BUSY_MS);
  const answer: QueryAnswer = {
    response: { status: 200, headers: [], body: Buffer.from(queryString) },
    internalError: '',
    damages: [],
    durationMs: 1,
    lease: null,
    rest: null,
  };
  if (queryString !== 'stream') return answer;
  const { port1, port2 } = new MessageChannel();
  serveStream({ heldBytes: 0, next: () => Uint8Array.of(7), close: () => undefined }, port1);
  const streamed = { ...answer, rest: { port: port2, heldBytes: 0 } };
  // As piscina hands a port over.
  return move({ [transferableSymbol]: [port2], [valueSymbol]: streamed }) as unknown as QueryAnswer;
}
