/**
 * Writes, reads and merges blocks of 2,000 series; prints `name ns/op hash`, an op being a sample, or for the
 * look-ups a series.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SeededRandom } from '@promontory/base';
import { SampleColumns } from '@promontory/model';
import { ColumnCodec } from '../chunk/column-codec.ts';
import type { Block } from './block-header.ts';
import { BlockMerge } from './block-merge.ts';
import { BlockReader } from './block-reader.ts';
import { SegmentCache } from './segment-cache.ts';
import { BlockWriter } from './block-writer.ts';

const SMOKE = process.env['PROMONTORY_BENCH_SMOKE'] === '1';
const SERIES = SMOKE ? 50 : 2000;
const SAMPLES = 480;
const ROUNDS = SMOKE ? 1 : 5;
/** Series of one target, which share their timestamps. */
const SERIES_PER_TARGET = 100;
const START_MS = 1_760_000_000_000;

const directory = mkdtempSync(join(tmpdir(), 'block-bench-'));
const codec = new ColumnCodec();
const series = makeSeries(0);
const laterSeries = makeSeries(SAMPLES * 15_000);
let nextId = 1;

/** A third counters, a third gauges of two decimals, a third constant; timestamps jitter by some ms. */
function makeSeries(offsetMs: number): SampleColumns[] {
  const random = new SeededRandom(5);
  let jitterMs: number[] = [];
  return Array.from({ length: SERIES }, (_, ref) => {
    if (ref % SERIES_PER_TARGET === 0) jitterMs = Array.from({ length: SAMPLES }, () => random.nextInt(8));
    const columns = new SampleColumns(SAMPLES);
    for (let index = 0; index < SAMPLES; index++) {
      const value =
        ref % 3 === 0 ? index * 50 + random.nextInt(100) : ref % 3 === 1 ? random.nextInt(100_000) / 100 : 42;
      columns.push(START_MS + offsetMs + index * 15_000 + (jitterMs[index] ?? 0), value);
    }
    return columns;
  });
}

function writer(): BlockWriter {
  const blockId = nextId++;
  const origin = { level: 0, firstGeneration: blockId, lastGeneration: blockId };
  return new BlockWriter({ blocksDirectory: directory, blockId, codec, ...origin });
}

/** Room for all of it. */
const DECODED_BYTES_MAX = 1024 ** 3;

function reader(blockId: number, decodedBytesMax = 0): BlockReader {
  const onDamage = (): void => {
    throw new Error('damaged');
  };
  const segments = new SegmentCache(codec, decodedBytesMax);
  return new BlockReader({ blocksDirectory: directory, blockId, codec, segments, onDamage });
}

async function write(source: readonly SampleColumns[]): Promise<Block> {
  const target = writer();
  for (const [ref, columns] of source.entries()) target.addFloats(ref, columns);
  return await finish(target);
}

async function finish(target: BlockWriter): Promise<Block> {
  const block = await target.finish();
  if (block === null) throw new Error('empty');
  return block;
}

async function measure(name: string, ops: number, action: () => number | Promise<number>): Promise<void> {
  let bestMs = Number.POSITIVE_INFINITY;
  let hash = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const startMs = performance.now();
    hash = await action();
    bestMs = Math.min(bestMs, performance.now() - startMs);
  }
  process.stdout.write(`${name} ${((bestMs * 1e6) / ops).toFixed(1)} ns/op ${hash}\n`);
}

function readAll(source: BlockReader, refStep: number): number {
  const columns = new SampleColumns(SAMPLES);
  let sum = 0;
  for (let read = 0; read < SERIES; read++) {
    columns.clear();
    source.read((read * refStep) % SERIES, START_MS, Number.POSITIVE_INFINITY, columns);
    sum += columns.value[columns.count - 1] ?? 0;
  }
  return Math.round(sum);
}

async function merge(blockIds: readonly number[]): Promise<number> {
  const readers = blockIds.map((id) => reader(id));
  const target = writer();
  const blockMerge = new BlockMerge({ readers, writer: target, codec, leaveOut: () => [] });
  while (!blockMerge.step(100_000));
  const block = await finish(target);
  for (const source of readers) await source.close();
  return block.floatCount;
}

await measure('write, synced', SERIES * SAMPLES, async () => (await write(series)).bytes);
const block = await write(series);
const later = await write(laterSeries);
const opened = reader(block.id);
await measure('read, refs in order', SERIES * SAMPLES, () => readAll(opened, 1));
await measure('read, refs far apart', SERIES * SAMPLES, () => readAll(opened, 997));
const decoded = reader(block.id, DECODED_BYTES_MAX);
await measure('read again, refs in order', SERIES * SAMPLES, () => readAll(decoded, 1));
await decoded.close();
await measure('look up a series, refs far apart', SERIES, () => {
  let found = 0;
  for (let read = 0; read < SERIES; read++)
    found += opened.has((read * 997) % SERIES, START_MS, START_MS + 1e9) ? 1 : 0;
  return found;
});
await measure('merge by copying, synced', 2 * SERIES * SAMPLES, () => merge([block.id, later.id]));
await measure('merge of equal samples, synced', 2 * SERIES * SAMPLES, () => merge([block.id, block.id]));
await measure('open and close', 1, async () => {
  const source = reader(block.id);
  const { length } = source.refs();
  await source.close();
  return length;
});
await opened.close();
rmSync(directory, { recursive: true });
