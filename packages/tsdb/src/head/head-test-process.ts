/** Test worker: reads a head while another thread writes it, and posts what it found each time it is asked. */
import { parentPort, workerData } from 'node:worker_threads';
import { SampleColumns } from '@promontory/model';
import type { HeadMemory } from './head-memory.ts';
import { HeadReader } from './head-reader.ts';

const { memory, refs } = workerData as { memory: HeadMemory; refs: readonly number[] };
const reader = new HeadReader(memory);
const columns = new SampleColumns();
const EVER = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const;

/** Values are made from ref and time, so that a torn read shows. */
function countWrong(): { wrong: number; seen: number } {
  let wrong = 0;
  let seen = 0;
  for (const ref of refs) {
    columns.clear();
    reader.read(ref, ...EVER, columns);
    reader.readStartTimestamps(ref, ...EVER, columns);
    for (let index = 0; index < columns.count; index++) {
      if (columns.value[index] !== columns.timestampMs[index]! - ref) wrong++;
    }
    seen += columns.count;
    for (const { timestampMs, histogram } of reader.readHistograms(ref, ...EVER)) {
      if (histogram.sum !== timestampMs - ref) wrong++;
      seen++;
    }
  }
  return { wrong, seen };
}

const total = { wrong: 0, seen: 0, rounds: 0 };
function round(): void {
  const { wrong, seen } = countWrong();
  total.wrong += wrong;
  total.seen = seen;
  total.rounds++;
  setImmediate(round);
}
parentPort?.on('message', () => {
  const { seen } = countWrong();
  parentPort?.postMessage({ ...total, seen });
  process.exit();
});
parentPort?.postMessage('ready');
round();
