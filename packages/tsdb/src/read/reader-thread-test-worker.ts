/** Test worker: reads a selection, and ends in the midst of it as it was told to, without a turn of its event loop. */
import { parentPort, workerData } from 'node:worker_threads';
import { SampleColumns } from '@promontory/model';
import { type GenerationsMemory, TsdbReader } from '../threads.ts';

const { directory, memory, ownerId, ending, isToEnd } = workerData as {
  readonly directory: string;
  readonly memory: GenerationsMemory;
  readonly ownerId: number;
  readonly ending: 'throws' | 'exits' | 'is terminated';
  readonly isToEnd: Int32Array;
};
const reader = new TsdbReader({ directory, memory, ownerId });
const range = { rangeStartMsInclusive: 0, rangeEndMsInclusive: Number.MAX_SAFE_INTEGER };
const set = reader.select({ ...range, matchers: [] });
const columns = new SampleColumns();
parentPort?.postMessage('reading');
while (Atomics.load(isToEnd, 0) === 0) {
  for (let index = 0; index < set.seriesCount; index++) set.read(index, columns);
  reader.series({ ...range, matcherSets: [], countMax: 0 });
}
if (ending === 'throws') throw new Error('in the midst of it');
if (ending === 'exits') process.exit();
Atomics.wait(isToEnd, 0, 1);
