/** Random streams, the block that holds them, and a plain model of what reading it must give; for tests. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SeededRandom } from '@promontory/base';
import { type NativeHistogram, SampleColumns, setStaleAt } from '@promontory/model';
import { ColumnCodec } from '../chunk/column-codec.ts';
import type { BlockDamage } from './block-damage.ts';
import type { Block } from './block-header.ts';
import { BlockReader } from './block-reader.ts';
import { SegmentCache } from './segment-cache.ts';
import { BlockWriter } from './block-writer.ts';
import {
  FLOATS,
  HISTOGRAMS,
  kindOfStreamKey,
  refOfStreamKey,
  STREAM_KINDS,
  streamKey,
} from './stream-kind.ts';

export const START_MS = 1_760_000_000_000;

export interface ModelSample {
  readonly timestampMs: number;
  /** The two words of the value, low one first, or the histogram: what must be equal. */
  readonly value: readonly [low: number, high: number] | NativeHistogram;
}

/** stream key → samples, ascending. */
export type BlockModel = Map<number, ModelSample[]>;

export const codec = new ColumnCodec();

/** A few segments: they come and go. */
const SEGMENT_CACHE_BYTES = 300_000;

export class BlockFolder {
  readonly directory = mkdtempSync(join(tmpdir(), 'blocks-'));
  readonly damages: BlockDamage[] = [];
  readonly #readers: BlockReader[] = [];

  writer(blockId: number, level = 0): BlockWriter {
    const origin = { level, firstGeneration: blockId, lastGeneration: blockId };
    return new BlockWriter({ blocksDirectory: this.directory, blockId, codec, ...origin });
  }

  reader(blockId: number): BlockReader {
    const onDamage = (damage: BlockDamage): void => void this.damages.push(damage);
    const segments = new SegmentCache(codec, SEGMENT_CACHE_BYTES);
    const options = { blocksDirectory: this.directory, blockId, codec, segments, onDamage };
    const reader = new BlockReader(options);
    this.#readers.push(reader);
    return reader;
  }

  async write(blockId: number, model: BlockModel): Promise<Block> {
    const writer = this.writer(blockId);
    for (const key of [...model.keys()].sort((left, right) => left - right))
      addStream(writer, key, model.get(key) ?? []);
    const block = await writer.finish();
    if (block === null) throw new Error('the model is empty');
    return block;
  }

  async remove(): Promise<void> {
    for (const reader of this.#readers) await reader.close();
    rmSync(this.directory, { recursive: true });
  }
}

export function addStream(writer: BlockWriter, key: number, samples: readonly ModelSample[]): void {
  const ref = refOfStreamKey(key);
  const kind = kindOfStreamKey(key);
  if (kind === HISTOGRAMS) {
    writer.addHistograms(
      ref,
      samples.map(({ timestampMs, value }) => ({ timestampMs, histogram: value as NativeHistogram })),
    );
  } else if (kind === FLOATS) writer.addFloats(ref, columnsOf(samples));
  else writer.addStartTimestamps(ref, columnsOf(samples));
}

function columnsOf(samples: readonly ModelSample[]): SampleColumns {
  const columns = new SampleColumns(samples.length);
  for (const [index, { timestampMs, value }] of samples.entries()) {
    const [low, high] = value as readonly [number, number];
    columns.timestampMs[index] = timestampMs;
    columns.valueWords[2 * index] = low;
    columns.valueWords[2 * index + 1] = high;
  }
  columns.count = samples.length;
  return columns;
}

function samplesOf(columns: SampleColumns): ModelSample[] {
  return Array.from({ length: columns.count }, (_, index) => ({
    timestampMs: columns.timestampMs[index]!,
    value: [columns.valueWords[2 * index]!, columns.valueWords[2 * index + 1]!],
  }));
}

/** What the block gives for one stream and range, with what it gives around the range. */
export function readStream(reader: BlockReader, key: number, startMs: number, endMs: number): ModelSample[] {
  const ref = refOfStreamKey(key);
  const kind = kindOfStreamKey(key);
  if (kind === HISTOGRAMS) {
    return reader
      .readHistograms(ref, startMs, endMs)
      .map(({ timestampMs, histogram }) => ({ timestampMs, value: histogram }));
  }
  const columns = new SampleColumns(1);
  if (kind === FLOATS) reader.read(ref, startMs, endMs, columns);
  else reader.readStartTimestamps(ref, startMs, endMs, columns);
  return samplesOf(columns);
}

/** Everything in the block. */
export function readModel(reader: BlockReader): BlockModel {
  const model: BlockModel = new Map();
  for (const ref of reader.refs()) {
    for (const kind of STREAM_KINDS) {
      const key = streamKey(ref, kind);
      const samples = readStream(reader, key, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
      if (samples.length > 0) model.set(key, samples);
    }
  }
  return model;
}

export function inRange(samples: readonly ModelSample[], startMs: number, endMs: number): ModelSample[] {
  return samples.filter(({ timestampMs }) => timestampMs >= startMs && timestampMs <= endMs);
}

export interface ModelShape {
  readonly seriesCount: number;
  readonly samplesMax: number;
  readonly startMs: number;
}

/** Series of a few targets: those of one target share their timestamps, unless they are scraped by nobody. */
export function randomModel(random: SeededRandom, shape: ModelShape): BlockModel {
  const model: BlockModel = new Map();
  const targets = Array.from({ length: 3 }, () => randomTimestamps(random, shape));
  let ref = random.nextInt(5);
  for (let series = 0; series < shape.seriesCount; series++) {
    ref += 1 + (random.nextInt(4) === 0 ? random.nextInt(1000) : 0);
    const isAlone = random.nextInt(4) === 0;
    const timestampMs = isAlone ? randomTimestamps(random, shape) : targets[random.nextInt(3)]!;
    const kinds = random.nextInt(8);
    if (kinds !== 1) model.set(streamKey(ref, FLOATS), randomFloats(random, timestampMs));
    if (kinds < 2) model.set(streamKey(ref, HISTOGRAMS), randomHistograms(random, timestampMs));
    if (kinds % 3 === 0) model.set(streamKey(ref, 2), startTimestamps(random, timestampMs));
  }
  return model;
}

function randomTimestamps(random: SeededRandom, { samplesMax, startMs }: ModelShape): number[] {
  const jitterMs = 1 + random.nextInt(2) * random.nextInt(50);
  const count = 1 + random.nextInt(samplesMax);
  let at = startMs + random.nextInt(100_000);
  return Array.from({ length: count }, () => {
    at += 15_000 + random.nextInt(jitterMs) + (random.nextInt(300) === 0 ? 3_600_000 : 0);
    return at;
  });
}

function randomFloats(random: SeededRandom, timestampMs: readonly number[]): ModelSample[] {
  const columns = new SampleColumns(timestampMs.length);
  const shape = random.nextInt(3);
  for (const [index, at] of timestampMs.entries()) {
    const value = shape === 0 ? 1 : shape === 1 ? index * 10 + random.nextInt(10) : random.nextFloat();
    columns.push(at, value);
    if (random.nextInt(200) === 0) setStaleAt(columns.valueWords, index);
  }
  return samplesOf(columns);
}

function startTimestamps(random: SeededRandom, timestampMs: readonly number[]): ModelSample[] {
  const columns = new SampleColumns(timestampMs.length);
  let started = timestampMs[0]!;
  for (const at of timestampMs) columns.push(at, random.nextInt(100) === 0 ? (started = at) : started);
  return samplesOf(columns);
}

function randomHistograms(random: SeededRandom, timestampMs: readonly number[]): ModelSample[] {
  return timestampMs.map((at) => ({ timestampMs: at, value: randomHistogram(random) }));
}

function randomHistogram(random: SeededRandom): NativeHistogram {
  const counts = Float64Array.from({ length: 1 + random.nextInt(6) }, () => random.nextInt(1000));
  const count = counts.reduce((sum, bucket) => sum + bucket, 0);
  const none = { spanOffsets: new Int32Array(), spanLengths: new Uint32Array(), counts: new Float64Array() };
  return {
    isInteger: true,
    counterResetHint: 'unknown',
    schema: 3,
    zeroThreshold: 0.001,
    zeroCount: 0,
    count,
    sum: count * 2.5,
    isStale: false,
    positive: {
      spanOffsets: Int32Array.of(random.nextInt(10)),
      spanLengths: Uint32Array.of(counts.length),
      counts,
    },
    negative: none,
    customValues: new Float64Array(),
  };
}
