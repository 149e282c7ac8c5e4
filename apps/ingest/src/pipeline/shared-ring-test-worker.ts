/** A thread of the ring's own test: pushes its share of the values, pops until all are taken, or frees a cell late. */
import { parentPort, workerData } from 'node:worker_threads';
import { EMPTY, SharedRing } from './shared-ring.ts';

export interface RingTask {
  readonly role: 'producer' | 'consumer';
  readonly memory: SharedArrayBuffer;
  /** One word: how many values are popped, by all consumers together. */
  readonly poppedCount: SharedArrayBuffer;
  readonly valueCount: number;
  /** A producer pushes firstValue, firstValue + valueStep, … below valueCount. */
  readonly firstValue: number;
  readonly valueStep: number;
}

/** What a consumer has left to do that was interrupted in the middle of a pop. */
export interface FreeTask {
  readonly memory: SharedArrayBuffer;
  readonly freeAfterMs: number;
  readonly cellWord: number;
  readonly turn: number;
}

const SLEEP_MS = 20;

const task = workerData as RingTask | FreeTask;
const ring = new SharedRing(task.memory);

function free({ memory, freeAfterMs, cellWord, turn }: FreeTask): void {
  setTimeout(() => Atomics.store(new Int32Array(memory), cellWord, turn), freeAfterMs);
}

function produce(task: RingTask): number[] {
  for (let value = task.firstValue; value < task.valueCount; value += task.valueStep) {
    while (!ring.tryPush(value)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 0.01);
  }
  return [];
}

function consume(task: RingTask): number[] {
  const popped: number[] = [];
  const count = new Int32Array(task.poppedCount);
  while (Atomics.load(count, 0) < task.valueCount) {
    const ticket = ring.ticket;
    const value = ring.pop();
    if (value === EMPTY) {
      ring.sleep(ticket, SLEEP_MS);
    } else {
      popped.push(value);
      Atomics.add(count, 0, 1);
    }
  }
  return popped;
}

if ('role' in task) parentPort?.postMessage(task.role === 'producer' ? produce(task) : consume(task));
else free(task);
