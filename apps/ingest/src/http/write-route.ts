/** Remote write: checks the head, streams the body into the slab, answers when the samples are on disk. */
import { PromontoryError } from '@promontory/base';
import { checkWriteRequest, writeErrorReply, writeReply, writeVersion } from '@promontory/http-api';
import { ERR_WRITE_BYTES_IN_FLIGHT_MAX } from '../error-codes.ts';
import type { ServerMetrics } from '../metrics/server-metrics.ts';
import type { JobOutcome } from '../pipeline/job-table.ts';
import type { IncomingBody, WritePipeline } from '../pipeline/write-pipeline.ts';
import type { Exchange, ReplyOptions } from './exchange.ts';
import { bodyTooLarge } from './request-body.ts';

/** The guess for a body that does not declare its length. */
const UNDECLARED_BYTES_GUESS = 64 * 1024;

const FORMATS = { 1: 'remote-write-1', 2: 'remote-write-2' } as const;

export interface WriteRouteOptions {
  readonly pipeline: WritePipeline;
  readonly metrics: ServerMetrics;
  readonly bodyBytesMax: number;
}

export class WriteRoute {
  readonly #pipeline: WritePipeline;
  readonly #metrics: ServerMetrics;
  readonly #bodyBytesMax: number;

  constructor(options: WriteRouteOptions) {
    this.#pipeline = options.pipeline;
    this.#metrics = options.metrics;
    this.#bodyBytesMax = options.bodyBytesMax;
  }

  handle(exchange: Exchange): void {
    const { method, headers, contentLength } = exchange.head;
    const refused = checkWriteRequest(method, headers);
    if (refused !== null) {
      exchange.reply(refused);
      return;
    }
    if (contentLength !== null && contentLength > this.#bodyBytesMax) {
      this.#fail(exchange, this.#tooLarge(contentLength));
      return;
    }
    const body = this.#pipeline.tryBegin(contentLength ?? UNDECLARED_BYTES_GUESS);
    if (body === null) this.#fail(exchange, noRoom());
    else this.#receive(exchange, body);
  }

  #receive(exchange: Exchange, body: IncomingBody): void {
    let isReceiving = true;
    const giveUp = (error: PromontoryError): void => {
      isReceiving = false;
      body.discard();
      this.#fail(exchange, error, { closeConnection: true });
    };
    exchange.onAbort(() => {
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
        const format = FORMATS[writeVersion(exchange.head.headers)];
        body.submit(format, (outcome) => this.#answer(exchange, outcome));
      }
    });
  }

  #answer(exchange: Exchange, outcome: JobOutcome): void {
    this.#metrics.countWrite(outcome);
    if (outcome.failure !== null) {
      this.#fail(exchange, new PromontoryError(outcome.failure.message, outcome.failure));
      return;
    }
    const { written, rejections } = outcome;
    const reply = writeReply(
      {
        samplesWritten: written.samples - written.histograms,
        histogramsWritten: written.histograms,
        exemplarsWritten: written.exemplars,
        rejections,
      },
      exchange.head.headers,
    );
    exchange.reply(reply);
  }

  #fail(exchange: Exchange, error: PromontoryError, options?: ReplyOptions): void {
    exchange.reply(writeErrorReply(error, exchange.head.headers, Math.random()), options);
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

function noRoom(): PromontoryError {
  return new PromontoryError(
    'cannot take write: the memory for writes in flight is full; retry later or raise --write-bytes-in-flight-max',
    { code: ERR_WRITE_BYTES_IN_FLIGHT_MAX, kind: 'overload' },
  );
}
