/** A thread of the ring's own test: pushes its share of the values, or pops until all are taken. */
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

const SLEEP_MS = 20;

const task = workerData as RingTask;
const ring = new SharedRing(task.memory);

function produce(): number[] {
  for (let value = task.firstValue; value < task.valueCount; value += task.valueStep) {
    while (!ring.tryPush(value)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 0.01);
  }
  return [];
}

function consume(): number[] {
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

parentPort?.postMessage(task.role === 'producer' ? produce() : consume());
