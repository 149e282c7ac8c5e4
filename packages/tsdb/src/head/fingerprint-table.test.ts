import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { SeededRandom } from '@promontory/base';
import { expect, it } from 'vitest';
import { FingerprintTable } from './fingerprint-table.ts';
import { LookupEpochs } from './lookup-epochs.ts';

/** Lanes by number; neighbours collide in the first lane. */
function lanes(index: number): [number, number, number] {
  return [Math.imul(index >> 2, 0x9e3779b1), index, Math.imul(index, 77)];
}

it('does what a map does, growing and shrinking', () => {
  const random = new SeededRandom(3);
  const table = new FingerprintTable();
  const model = new Map<number, number>();
  let nextRef = 1;
  let bytesMost = 0;
  for (let round = 0; round < 40; round++) {
    for (let count = round < 30 ? 900 : 0; count > 0; count--) {
      const index = random.nextInt(20_000);
      if (!model.has(index)) {
        table.insert(...lanes(index), nextRef);
        model.set(index, nextRef++);
      }
    }
    const dropped = [...model].filter(() => random.nextInt(round < 30 ? 20 : 2) === 0);
    const refs = new Set(dropped.map(([, ref]) => ref));
    expect(table.removeWhere((ref) => refs.has(ref))).toBe(dropped.length);
    for (const [index] of dropped) model.delete(index);
    expect(table.count).toBe(model.size);
    bytesMost = Math.max(bytesMost, table.memory.byteLength);
    let wrong = 0;
    for (let index = 0; index < 20_000; index++)
      if (table.find(...lanes(index)) !== (model.get(index) ?? 0)) wrong++;
    expect(wrong).toBe(0);
  }
  expect(table.memory.byteLength).toBeLessThan(bytesMost / 4);
});

it('gives the entry of a removed series back to it, however often it comes and goes', () => {
  const table = new FingerprintTable();
  const { memory } = table;
  for (let round = 0; round < 10_000; round++) {
    table.insert(...lanes(1), round + 1);
    expect(table.find(...lanes(1))).toBe(round + 1);
    table.removeWhere(() => true);
    expect(table.find(...lanes(1))).toBe(0);
  }
  expect(table.memory).toBe(memory);
});

it('shows nothing through the memory that it left', () => {
  const table = new FingerprintTable();
  const reader = new FingerprintTable(table.memory);
  for (let index = 0; index < 3000; index++) table.insert(...lanes(index), index + 1);
  expect(table.memory).not.toBe(reader.memory);
  for (let index = 0; index < 3000; index++) expect(reader.find(...lanes(index))).toBe(0);
});

const READER = `
  const { parentPort, workerData } = require('node:worker_threads');
  import(workerData.module).then(async ({ FingerprintTable }) => {
    const { LookupEpochs } = await import(workerData.epochsModule);
    const epochs = new LookupEpochs(workerData.epochs);
    const control = new Int32Array(workerData.control);
    const dropEpoch = new Int32Array(workerData.dropEpoch);
    let table = new FingerprintTable(workerData.memory);
    const slot = epochs.tryClaim();
    const { receiveMessageOnPort } = require('node:worker_threads');
    let wrong = 0;
    let found = 0;
    for (let index = 0; Atomics.load(control, 0) === 0; index = (index + 1) % workerData.count) {
      const received = receiveMessageOnPort(workerData.port);
      if (received !== undefined) table = new FingerprintTable(received.message);
      const epoch = epochs.enter(slot);
      const ref = table.find(Math.imul(index >> 2, 0x9e3779b1), index, Math.imul(index, 77));
      if (ref !== 0) {
        found++;
        if ((ref - 1) % workerData.count !== index) wrong++;
        const droppedAt = Atomics.load(dropEpoch, ref);
        if (droppedAt !== 0 && droppedAt <= epoch) wrong++;
        Atomics.store(control, 1, found);
      }
      epochs.leave(slot);
    }
    epochs.release(slot);
    parentPort.postMessage({ wrong, found });
  });
`;

it('never shows another thread a wrong ref, nor a dropped one after its epoch', async () => {
  const count = 4000;
  const rounds = 60;
  const table = new FingerprintTable();
  const epochs = new LookupEpochs(LookupEpochs.allocate(2));
  const control = new SharedArrayBuffer(8);
  const dropEpoch = new SharedArrayBuffer(4 * count * (rounds + 2));
  const channel = new MessageChannel();
  const worker = new Worker(READER, {
    eval: true,
    workerData: {
      module: new URL('fingerprint-table.ts', import.meta.url).href,
      epochsModule: new URL('lookup-epochs.ts', import.meta.url).href,
      memory: table.memory,
      epochs: epochs.memory,
      control,
      dropEpoch,
      count,
      port: channel.port1,
    },
    transferList: [channel.port1],
  });
  const answer = once(worker, 'message') as Promise<[{ wrong: number; found: number }]>;
  const random = new SeededRandom(9);
  const refs = new Map<number, number>();
  let { memory } = table;
  const publish = (): void => {
    if (table.memory !== memory) channel.port2.postMessage(table.memory);
    memory = table.memory;
  };
  for (let round = 0; round < rounds || Atomics.load(new Int32Array(control), 1) < 1000; round++) {
    if (round < rounds) turn(round);
    await setImmediate();
  }
  Atomics.store(new Int32Array(control), 0, 1);
  const [{ wrong, found }] = await answer;
  await worker.terminate();
  expect(wrong).toBe(0);
  expect(found).toBeGreaterThanOrEqual(1000);

  /** A ref says which series it is of: the remainder of ref - 1. */
  function turn(round: number): void {
    for (let index = 0; index < count; index++) {
      if (refs.has(index) || random.nextInt(2) === 0) continue;
      refs.set(index, round * count + index + 1);
      table.insert(...lanes(index), round * count + index + 1);
    }
    publish();
    const share = round % 10 === 9 ? 1 : 3;
    const dropped = round === rounds - 1 ? [] : [...refs].filter(() => random.nextInt(share) === 0);
    const gone = new Set(dropped.map(([, ref]) => ref));
    table.removeWhere((ref) => gone.has(ref));
    publish();
    const epoch = epochs.advance();
    for (const [index, ref] of dropped) {
      refs.delete(index);
      Atomics.store(new Int32Array(dropEpoch), ref, epoch);
    }
  }
}, 20_000);
