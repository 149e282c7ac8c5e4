/** Streams the body of a write into the pipeline, within its bounds, whatever protocol it is of. */
import { PromontoryError } from '@promontory/base';
import { type ApiRequest, errorStatus } from '@promontory/http-api';
import { ERR_WRITE_BYTES_IN_FLIGHT_MAX } from '../error-codes.ts';
import type { ServerMetrics } from '../metrics/server-metrics.ts';
import type { FailedJob, JobOutcome, WriteFormat } from '../pipeline/job-table.ts';
import type { IncomingBody, WritePipeline } from '../pipeline/write-pipeline.ts';
import type { Exchange, ReplyOptions } from './exchange.ts';
import { bodyTooLarge } from './request-body.ts';

/** The guess for a body that does not declare its length. */
const UNDECLARED_BYTES_GUESS = 64 * 1024;

export interface WriteReceiverOptions {
  readonly pipeline: WritePipeline;
  readonly metrics: ServerMetrics;
  readonly bodyBytesMax: number;
  /** Told of an error behind a 500: a text that says where it arose. */
  readonly onInternalError: (error: unknown, request: Pick<ApiRequest, 'path' | 'queryString'>) => void;
}

/** What a protocol does with a write whose head is fine; one of the two is called, once. */
export interface WriteHandlers {
  /** Everything that is acknowledged is on disk. */
  readonly onOutcome: (outcome: JobOutcome) => void;
  /** Nothing was stored. */
  readonly onFailure: (error: PromontoryError, options?: ReplyOptions) => void;
}

export class WriteReceiver {
  readonly #pipeline: WritePipeline;
  readonly #metrics: ServerMetrics;
  readonly #bodyBytesMax: number;
  readonly #onInternalError: WriteReceiverOptions['onInternalError'];

  constructor(options: WriteReceiverOptions) {
    this.#pipeline = options.pipeline;
    this.#metrics = options.metrics;
    this.#bodyBytesMax = options.bodyBytesMax;
    this.#onInternalError = options.onInternalError;
  }

  /** @param format of the body, as its head says */
  receive(exchange: Exchange, format: WriteFormat, handlers: WriteHandlers): void {
    const { contentLength } = exchange.head;
    if (contentLength !== null && contentLength > this.#bodyBytesMax) {
      handlers.onFailure(this.#tooLarge(contentLength));
      return;
    }
    const body = this.#pipeline.tryBegin(contentLength ?? UNDECLARED_BYTES_GUESS);
    if (body === null) handlers.onFailure(noRoom());
    else this.#stream(exchange, body, format, handlers);
  }

  #stream(exchange: Exchange, body: IncomingBody, format: WriteFormat, handlers: WriteHandlers): void {
    let isReceiving = true;
    const giveUp = (error: PromontoryError): void => {
      isReceiving = false;
      body.discard();
      handlers.onFailure(error, { closeConnection: true });
    };
    exchange.onOver(() => {
      if (isReceiving) body.discard();
      isReceiving = false;
    });
    exchange.onBody((chunk, isLast) => {
      if (!isReceiving) return;
      if (body.byteLength + chunk.length > this.#bodyBytesMax) {
        giveUp(this.#tooLarge(body.byteLength + chunk.length));
      } else if (!body.tryAppend(chunk)) {
        giveUp(noRoom());
      } else if (isLast) {
        isReceiving = false;
        this.#metrics.writeBodyBytes.inc(body.byteLength);
        body.submit(format, (outcome) => this.#answer(exchange, outcome, handlers));
      }
    });
  }

  /** A fault of ours in answering must keep nobody else from an answer. */
  #answer(exchange: Exchange, outcome: JobOutcome, handlers: WriteHandlers): void {
    try {
      this.#tell(exchange, outcome, handlers);
    } catch (error) {
      this.#onInternalError(error, exchange.head);
      exchange.close();
    }
  }

  #tell(exchange: Exchange, outcome: JobOutcome, { onOutcome, onFailure }: WriteHandlers): void {
    this.#metrics.countWrite(outcome);
    const { failure } = outcome;
    if (failure === null) {
      onOutcome(outcome);
      return;
    }
    const error = toldError(failure);
    if (errorStatus(error).status === 500) this.#onInternalError(failure.detail, exchange.head);
    onFailure(error);
  }

  #tooLarge(bytes: number): PromontoryError {
    return bodyTooLarge(
      'write',
      bytes,
      this.#bodyBytesMax,
      '; send smaller requests or raise --write-body-bytes-max',
    );
  }
}

/** The text of a fault of ours stays inside. */
function toldError(failure: FailedJob): PromontoryError {
  return new PromontoryError(failure.kind === 'internal' ? 'internal error' : failure.message, failure);
}

function noRoom(): PromontoryError {
  return new PromontoryError(
    'cannot take write: the memory for writes in flight is full; retry later or raise --write-bytes-in-flight-max',
    { code: ERR_WRITE_BYTES_IN_FLIGHT_MAX, kind: 'overload' },
  );
}
