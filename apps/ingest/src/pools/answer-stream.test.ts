import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { assert, PromontoryError } from '@promontory/base';
import { afterEach, expect, it, vi } from 'vitest';
import { BodyPieces, PortStream, serveStream } from './answer-stream.ts';

let served: MessagePort;
let onClosed = vi.fn<() => void>();

afterEach(() => served.close());

/** @param steps what each piece is; an error is thrown */
function open(steps: readonly (Uint8Array | null | Error)[]): PortStream {
  const { port1, port2 } = new MessageChannel();
  let index = 0;
  const next = (): Uint8Array | null => {
    const step = steps[index++];
    assert(step !== undefined, 'no more is asked for');
    if (step instanceof Error) throw step;
    return step;
  };
  served = port1;
  serveStream({ heldBytes: 9, next, close: () => undefined }, port1);
  onClosed = vi.fn<() => void>();
  return new PortStream({ port: port2, heldBytes: 9 }, onClosed);
}

it('hands over piece by piece, until it is closed', async () => {
  const stream = open([Uint8Array.of(1), null]);
  expect([stream.heldBytes, await stream.next(), await stream.next()]).toEqual([9, Uint8Array.of(1), null]);
  stream.close();
  await vi.waitFor(() => expect(onClosed).toHaveBeenCalledTimes(1));
  stream.close();
  await expect(stream.next()).rejects.toMatchObject({ code: 'ERR_ANSWER_TORN', kind: 'internal' });
});

it.each([
  ['has none', new RangeError('odd'), 'ERR_ANSWER_TORN', 'internal'],
  ['is known', new PromontoryError('odd', { code: 'ERR_X', kind: 'cancelled' }), 'ERR_X', 'cancelled'],
])('fails with the code of an error that %s, and where it arose', async (_what, error, code, kind) => {
  const torn = await open([error])
    .next()
    .catch((thrown: unknown) => thrown);
  expect(torn).toMatchObject({ code, kind });
  expect(String(torn)).toMatch(/cannot finish answer: \w+Error: odd\n +at .*answer-stream\.test\.ts/);
});

it('fails when the thread behind it ends', async () => {
  const stream = open([]);
  served.removeAllListeners('message');
  const piece = stream.next();
  served.close();
  await expect(piece).rejects.toMatchObject({ code: 'ERR_ANSWER_TORN', kind: 'internal' });
  expect(onClosed).toHaveBeenCalledTimes(1);
});

it('gives a body in pieces with memory of their own, whatever it lies in', () => {
  const body = Buffer.allocUnsafeSlow(3 * 1024 ** 2)
    .subarray(0, 2 * 1024 ** 2 + 5)
    .fill(7);
  const pieces = new BodyPieces(body);
  expect(pieces.heldBytes).toBe(3 * 1024 ** 2);
  const taken = [pieces.next(), pieces.next(), pieces.next(), pieces.next()];
  expect(taken.map((piece) => piece?.length)).toEqual([1024 ** 2, 1024 ** 2, 5, undefined]);
  expect(taken.slice(0, 3).map((piece) => piece?.buffer.byteLength)).toEqual([1024 ** 2, 1024 ** 2, 5]);
  expect(taken[2]).toEqual(new Uint8Array(5).fill(7));
  const closed = new BodyPieces(body);
  closed.close();
  expect(closed.next()).toBeNull();
});
