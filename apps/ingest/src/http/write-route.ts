/** Remote write: checks the head, streams the body into the slab, answers when the samples are on disk. */
import { checkWriteRequest, writeErrorReply, writeReply, writeVersion } from '@promontory/http-api';
import type { JobOutcome } from '../pipeline/job-table.ts';
import type { Exchange } from './exchange.ts';
import { WriteReceiver, type WriteReceiverOptions } from './write-receiver.ts';

const FORMATS = { 1: 'remote-write-1', 2: 'remote-write-2' } as const;

export class WriteRoute {
  readonly #receiver: WriteReceiver;

  constructor(options: WriteReceiverOptions) {
    this.#receiver = new WriteReceiver(options);
  }

  handle(exchange: Exchange): void {
    const { method, headers } = exchange.head;
    const refused = checkWriteRequest(method, headers);
    if (refused !== null) {
      exchange.reply(refused);
      return;
    }
    this.#receiver.receive(exchange, FORMATS[writeVersion(headers)], {
      onOutcome: (outcome) => answer(exchange, outcome),
      onFailure: (error, options) => exchange.reply(writeErrorReply(error, headers, Math.random()), options),
    });
  }
}

function answer(exchange: Exchange, { written, rejections }: JobOutcome): void {
  const outcome = {
    samplesWritten: written.samples - written.histograms,
    histogramsWritten: written.histograms,
    exemplarsWritten: written.exemplars,
    rejections,
  };
  exchange.reply(writeReply(outcome, exchange.head.headers));
}
