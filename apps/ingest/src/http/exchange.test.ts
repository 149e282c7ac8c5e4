import { describe, expect, it, vi } from 'vitest';
import { textResponse } from '@promontory/http-api';
import { Exchange } from './exchange.ts';
import type { RequestHead } from './request-head.ts';
import type { HttpResponse } from './uws.ts';

const HEAD: RequestHead = {
  method: 'GET',
  path: '/',
  queryString: '',
  headers: new Map(),
  contentLength: null,
  framingProblem: '',
};

/** A connection that takes as many bytes at a time as the test says. */
class FakeResponse {
  readonly calls: string[] = [];
  readonly sent: number[] = [];
  abort: () => void = () => undefined;
  #writable: (offset: number) => boolean = () => true;
  #bytesPerWrite: number;

  constructor(bytesPerWrite: number) {
    this.#bytesPerWrite = bytesPerWrite;
  }

  onAborted(handler: () => void): void {
    this.abort = handler;
  }
  onWritable(handler: (offset: number) => boolean): void {
    this.#writable = handler;
  }
  cork(write: () => void): void {
    write();
  }
  writeStatus(status: string): this {
    this.calls.push(status);
    return this;
  }
  writeHeader(name: string, value: string): this {
    this.calls.push(`${name}: ${value}`);
    return this;
  }
  end(body?: Uint8Array, closeConnection = false): void {
    this.calls.push(`end ${body?.length ?? 0}${closeConnection ? ', close' : ''}`);
  }
  write(chunk: Uint8Array): boolean {
    this.calls.push(`write ${chunk.length}`);
    return chunk.length <= this.#bytesPerWrite;
  }
  close(): void {
    this.calls.push('close');
    this.abort();
  }
  endWithoutBody(...values: readonly unknown[]): void {
    this.calls.push(`end without body ${JSON.stringify(values)}`);
  }
  getWriteOffset(): number {
    return this.sent.length;
  }
  tryEnd(body: Uint8Array, totalBytes: number): [boolean, boolean] {
    const taken = Math.min(body.length, this.#bytesPerWrite);
    this.sent.push(...body.subarray(0, taken));
    return [taken === body.length, this.sent.length === totalBytes];
  }
  /** From now on. */
  take(bytesPerWrite: number): void {
    this.#bytesPerWrite = bytesPerWrite;
  }
  becomeWritable(): boolean {
    return this.#writable(this.sent.length);
  }
}

function open(head: Partial<RequestHead> = {}, bytesPerWrite = Number.MAX_SAFE_INTEGER) {
  const response = new FakeResponse(bytesPerWrite);
  const events: string[] = [];
  // The fake has the members that an exchange uses.
  const exchange = new Exchange(response as unknown as HttpResponse, { ...HEAD, ...head }, () =>
    events.push('over'),
  );
  exchange.onReply((status) => events.push(`reply ${status}`));
  return { response, exchange, events };
}

describe('Exchange', () => {
  it('answers once', () => {
    const { response, exchange, events } = open();
    exchange.reply(textResponse(200, 'first'));
    exchange.reply(textResponse(500, 'second'));
    expect(Buffer.from(response.sent).toString()).toBe('first');
    expect([exchange.isOver, events]).toEqual([true, ['reply 200', 'over']]);
  });

  it('answers once, also when the client does not take it at once', async () => {
    const { response, exchange, events } = open({}, 3);
    exchange.reply(textResponse(499, 'first'));
    exchange.reply(textResponse(500, 'second'));
    await exchange.replyInPieces(textResponse(200, 'third'), { next: () => Promise.resolve(null) });
    expect(response.calls.filter((call) => /^\d/.test(call))).toEqual(['499 Client Closed Request']);
    expect([exchange.isOver, events]).toEqual([false, ['reply 499']]);
  });

  it('does not touch a response whose client has gone', () => {
    const { response, exchange, events } = open();
    response.abort();
    exchange.reply(textResponse(200, 'late'));
    expect([response.calls, events]).toEqual([[], ['over']]);
  });

  it('writes no length of its own for 204, and one header for HEAD', () => {
    const noContent = open();
    noContent.exchange.reply({ status: 204, headers: [], body: new Uint8Array(0) });
    expect(noContent.response.calls).toEqual(['204 No Content', 'end without body []']);
    const head = open({ method: 'HEAD' });
    head.exchange.reply({ status: 200, headers: [], body: new Uint8Array(9) });
    expect(head.response.calls).toEqual(['200 OK', 'Content-Length: 9', 'end without body []']);
  });

  it('sends a large body as the socket takes it, every byte once', () => {
    const body = Uint8Array.from({ length: 200_000 }, (_, index) => index % 251);
    const { response, exchange, events } = open({}, 30_000);
    exchange.reply({ status: 200, headers: [], body });
    expect(exchange.isOver).toBe(false);
    const results: boolean[] = [];
    while (!exchange.isOver) results.push(response.becomeWritable());
    expect(Buffer.from(response.sent).equals(Buffer.from(body))).toBe(true);
    expect(results).toEqual([false, false, false, false, false, true]);
    expect(events).toEqual(['reply 200', 'over']);
  });

  it('leaves a small body with itself too while the socket takes none', () => {
    const { response, exchange } = open({}, 0);
    exchange.reply(textResponse(200, 'small'));
    expect([exchange.isOver, response.becomeWritable(), exchange.isOver]).toEqual([false, false, false]);
  });

  it('is over once when the client leaves in the middle of a large body', () => {
    const { response, exchange, events } = open({}, 30_000);
    exchange.reply({ status: 200, headers: [], body: new Uint8Array(200_000) });
    response.abort();
    expect([exchange.isOver, events]).toEqual([true, ['reply 200', 'over']]);
  });

  it.each([
    ['takes nothing any more', 0],
    ['takes too little', 16 * 1024 * 2],
  ])('offers more to a client whose socket never tells of room, until it %s', (_what, bytesPerUrge) => {
    vi.useFakeTimers();
    try {
      const { response, exchange } = open({}, 50_000);
      exchange.reply({ status: 200, headers: [], body: new Uint8Array(3_000_000) });
      vi.advanceTimersByTime(61_000);
      expect([exchange.isOver, response.sent.length]).toEqual([false, 21 * 50_000]);
      response.take(bytesPerUrge);
      vi.advanceTimersByTime(28_000);
      expect(exchange.isOver).toBe(false);
      vi.advanceTimersByTime(2000);
      expect([exchange.isOver, response.calls.at(-1), vi.getTimerCount()]).toEqual([true, 'close', 0]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('sends pieces as the socket takes them, and asks for one more meanwhile', async () => {
    const { response, exchange, events } = open({}, 5);
    const asked: number[] = [];
    const pieces = [new Uint8Array(9), new Uint8Array(3), null];
    const next = (): Promise<Uint8Array | null> =>
      Promise.resolve(pieces[asked.push(asked.length) - 1] ?? null);
    const done = exchange.replyInPieces(textResponse(200, 'first'), { next });
    await turns();
    // The second piece is made, and waits until the first is taken.
    expect([response.calls.slice(3), asked.length]).toEqual([['write 5', 'write 9'], 2]);
    response.becomeWritable();
    // Within the handler, and the microtasks that follow it, nothing is written.
    for (let task = 0; task < 20; task++) await Promise.resolve();
    expect(response.calls.length).toBe(5);
    await done;
    expect(response.calls.slice(5)).toEqual(['write 3', 'end 0']);
    expect([exchange.isOver, events]).toEqual([true, ['reply 200', 'over']]);
  });

  it('tells at once that it is over, when it is', () => {
    const { exchange } = open();
    exchange.reply(textResponse(200, 'small'));
    let told = 0;
    exchange.onOver(() => told++);
    expect(told).toBe(1);
  });

  it('tears an answer whose pieces fail', async () => {
    const { response, exchange, events } = open();
    const next = (): Promise<never> => Promise.reject(new Error('gone'));
    await exchange.replyInPieces(textResponse(200, 'first'), { next });
    expect(response.calls.at(-1)).toBe('close');
    expect(events).toEqual(['reply 200', 'over']);
  });

  it('asks for no more pieces when the client has gone', async () => {
    const { response, exchange } = open({}, 0);
    let asked = 0;
    const next = (): Promise<Uint8Array> => Promise.resolve(new Uint8Array(++asked));
    const done = exchange.replyInPieces(textResponse(200, 'first'), { next });
    await turns();
    response.abort();
    await done;
    expect([asked, response.calls.includes('end 0')]).toEqual([1, false]);
  });
});

/** Lets everything that is ready go on. */
function turns(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
