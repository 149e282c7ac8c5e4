/** OTLP metrics: checks the head, streams the body into the slab, answers when the samples are on disk. */
import type { Exchange } from './exchange.ts';
import { otlpErrorReply, otlpFormatOf, otlpReply } from './otlp-answers.ts';
import { WriteReceiver, type WriteReceiverOptions } from './write-receiver.ts';

export class OtlpRoute {
  readonly #receiver: WriteReceiver;

  constructor(options: WriteReceiverOptions) {
    this.#receiver = new WriteReceiver(options);
  }

  handle(exchange: Exchange): void {
    const { method, headers } = exchange.head;
    const format = otlpFormatOf(method, headers);
    if (typeof format === 'object') {
      exchange.reply(format);
      return;
    }
    this.#receiver.receive(exchange, format, {
      onOutcome: (outcome) => exchange.reply(otlpReply(outcome, headers)),
      onFailure: (error, options) => exchange.reply(otlpErrorReply(error, headers, Math.random()), options),
    });
  }
}
