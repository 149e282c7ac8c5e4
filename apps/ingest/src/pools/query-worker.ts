/** Entry of a query thread. */
import { MessageChannel, threadId } from 'node:worker_threads';
import { move, transferableSymbol, valueSymbol, workerData } from 'piscina';
import { systemClock } from '@promontory/base';
import type { ApiResponse } from '@promontory/http-api';
import { type QueryData, QueryService, type ServiceAnswer } from '../query/query-service.ts';
import { AnswerMemory, type BodyLease } from './answer-memory.ts';
import { BodyPieces, serveStream, type StreamEnd } from './answer-stream.ts';

export interface QueryWorkerData extends QueryData {
  /** Word i is 1 once nobody waits for the query with cancel index i. */
  readonly cancelFlags: SharedArrayBuffer;
}

export interface QueryTask {
  readonly method: string;
  readonly path: string;
  readonly queryString: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
  readonly cancelIndex: number;
  /** When the whole request was there, in wall time: monotonic time begins anew in each thread. */
  readonly receivedMs: number;
}

export interface QueryAnswer extends ServiceAnswer {
  /** To be given back when the body was sent, or is not wanted; null when it is nobody's but the receiver's. */
  readonly lease: BodyLease | null;
  /** The rest of a body that is sent piece by piece. */
  readonly rest: StreamEnd | null;
}

/** Of a body that is not shared: more is sent in pieces. */
const COPIED_BYTES_MAX = 8 * 1024 * 1024;

const data = workerData as QueryWorkerData;
const cancelFlags = new Int32Array(data.cancelFlags);
const memory = new AnswerMemory();
const service = new QueryService({
  data,
  clock: systemClock,
  reader: { ownerId: threadId },
  allocateBody: memory.allocate,
});

/** The thread has loaded its modules when this is called. */
export function loaded(): void {}

export async function answerQuery(task: QueryTask): Promise<QueryAnswer> {
  const queuedMs = Math.max(0, systemClock.nowMs() - task.receivedMs);
  const answer = await service.answer(
    { ...task, queuedMs },
    () => Atomics.load(cancelFlags, task.cancelIndex) === 1,
  );
  const { response } = answer;
  const lease = memory.finish(response.body);
  const isShared = lease !== null;
  const isLarge = !isShared && response.body.length > COPIED_BYTES_MAX && task.method !== 'HEAD';
  const { body, stream, ...head } = isLarge ? inPieces(response) : response;
  // All of the memory behind a body goes to the other thread, as a copy unless it is shared.
  const whole = {
    ...answer,
    response: { ...head, body: isShared ? body : new Uint8Array(body) },
    lease,
    rest: null,
  };
  if (stream === undefined) return whole;
  const { port1, port2 } = new MessageChannel();
  serveStream(stream, port1);
  return moved({ ...whole, rest: { port: port2, heldBytes: stream.heldBytes } });
}

function inPieces(response: ApiResponse): ApiResponse {
  return { ...response, body: new Uint8Array(0), stream: new BodyPieces(response.body) };
}

/** piscina hands a port over only with a value that says so. */
function moved(answer: QueryAnswer & { readonly rest: StreamEnd }): QueryAnswer {
  const movable = { [transferableSymbol]: [answer.rest.port], [valueSymbol]: answer };
  return move(movable) as unknown as QueryAnswer;
}
