import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import type { FreeTask, RingTask } from './shared-ring-test-worker.ts';
import { allocateRing, EMPTY, SharedRing } from './shared-ring.ts';

const HEAD_WORDS = 48;
const POP_POSITION = 16;

/** A ring whose next position is any 32-bit number, as after that many pushes. */
function ringAt(position: number, capacity: number): SharedRing {
  const memory = allocateRing(capacity);
  const words = new Int32Array(memory);
  words[0] = position;
  words[POP_POSITION] = position;
  for (let lead = 0; lead < capacity; lead++) {
    const at = (position + lead) | 0;
    words[HEAD_WORDS + (at & (capacity - 1)) * 2] = at;
  }
  return new SharedRing(memory);
}

describe.each([0, 2 ** 31 - 3, -3])('SharedRing at position %i', (position) => {
  it('gives values in order and says when it is full or empty', () => {
    const ring = ringAt(position, 4);
    for (let round = 0; round < 3; round++) {
      expect(ring.pop()).toBe(EMPTY);
      const pushed = [0, 1, 2, 3, 4].map((value) => ring.tryPush(10 * round + value));
      expect(pushed).toEqual([true, true, true, true, false]);
      const popped = [0, 1, 2, 3, 4].map(() => ring.pop());
      expect(popped).toEqual([...[0, 1, 2, 3].map((value) => 10 * round + value), EMPTY]);
    }
  });

  it('has room for one as soon as one is taken', () => {
    const ring = ringAt(position, 2);
    ring.push(1);
    ring.push(2);
    for (let value = 3; value < 20; value++) {
      expect([ring.tryPush(value), ring.pop(), ring.tryPush(value)]).toEqual([false, value - 2, true]);
    }
  });
});

describe('SharedRing', () => {
  it('wants a power of two above one', () => {
    for (const capacity of [0, 1, 3, 6, -4]) expect(() => allocateRing(capacity)).toThrow('power of two');
  });

  it('push refuses to lose a value', () => {
    const ring = new SharedRing(allocateRing(2));
    ring.push(1);
    ring.push(2);
    expect(() => ring.push(3, 5)).toThrow('ring has room');
  });

  it('push waits for a cell whose consumer was interrupted before it freed it', async () => {
    const capacity = 4;
    const memory = allocateRing(capacity);
    const words = new Int32Array(memory);
    const ring = new SharedRing(memory);
    ring.push(0);
    ring.push(1);
    Atomics.add(words, POP_POSITION, 1);
    for (let value = 2; value <= capacity; value++) {
      expect(ring.pop()).toBe(value - 1);
      if (value < capacity) ring.push(value);
    }
    const worker = new Worker(new URL('./shared-ring-test-worker.ts', import.meta.url), {
      workerData: { memory, freeAfterMs: 60, cellWord: HEAD_WORDS, turn: capacity } satisfies FreeTask,
    });
    await once(worker, 'online');
    expect(ring.tryPush(capacity)).toBe(false);
    ring.push(capacity);
    expect([ring.pop(), ring.pop()]).toEqual([capacity, EMPTY]);
    await worker.terminate();
  });

  it('a sleeper wakes for what came after its ticket, also when that was before it slept', async () => {
    const memory = allocateRing(4);
    const [ring, other] = [new SharedRing(memory), new SharedRing(memory)];
    const early = ring.ticket;
    other.push(1);
    await ring.sleepAsync(early);
    expect(ring.pop()).toBe(1);
    const late = ring.sleepAsync(ring.ticket);
    setTimeout(() => other.push(2), 5);
    await late;
    expect(ring.pop()).toBe(2);
    const woken = ring.sleepAsync(ring.ticket);
    setTimeout(() => other.wake(), 5);
    await woken;
    expect(ring.pop()).toBe(EMPTY);
  });

  it('among threads gives every value to exactly one consumer, those of a producer in order', async () => {
    const valueCount = 60_000;
    const producers = 3;
    const consumers = 3;
    const shared = {
      memory: allocateRing(64),
      poppedCount: new SharedArrayBuffer(4),
      valueCount,
      valueStep: producers,
    };
    const run = (task: RingTask): Promise<number[]> =>
      new Promise((resolve, reject) => {
        const worker = new Worker(new URL('./shared-ring-test-worker.ts', import.meta.url), {
          workerData: task,
        });
        worker.once('message', resolve);
        worker.once('error', reject);
      });
    const taken = Array.from({ length: consumers }, () =>
      run({ ...shared, role: 'consumer', firstValue: 0 }),
    );
    const given = Array.from({ length: producers }, (_, firstValue) =>
      run({ ...shared, role: 'producer', firstValue }),
    );
    await Promise.all(given);
    const byConsumer = await Promise.all(taken);
    const all = Int32Array.from(byConsumer.flat()).sort();
    expect(all.length).toBe(valueCount);
    expect(all.every((value, index) => value === index)).toBe(true);
    for (const values of byConsumer) {
      const last = Array.from({ length: producers }, () => -1);
      const isInOrder = values.every((value) => {
        const isLater = value > (last[value % producers] ?? -1);
        last[value % producers] = value;
        return isLater;
      });
      expect(isInOrder).toBe(true);
    }
  });
});
