import { describe, expect, it } from 'vitest';
import { assert } from '@promontory/base';
import { JobTable } from './job-table.ts';
import { SharedRing } from './shared-ring.ts';
import { type IncomingBody, WritePipeline } from './write-pipeline.ts';

const MIB = 1024 ** 2;
const BODY_BYTES = 4 * MIB;

function open(bytesInFlightMax: number): WritePipeline {
  return new WritePipeline({ bytesInFlightMax, decodeThreads: 1, decodedBytesMax: MIB });
}

function mustBegin(pipeline: WritePipeline, expectedBytes: number): IncomingBody {
  const body = pipeline.tryBegin(expectedBytes);
  assert(body !== null, 'there is room');
  return body;
}

function pattern(bytes: number, step: number): Buffer {
  return Buffer.from(Uint8Array.from({ length: bytes }, (_, index) => (index * step) % 251));
}

function appendAll(body: IncomingBody, bytes: Uint8Array, chunkBytes: number): boolean {
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    if (!body.tryAppend(bytes.subarray(at, at + chunkBytes))) return false;
  }
  return true;
}

describe('the memory of a body', () => {
  it('is not taken because it is declared', () => {
    const pipeline = open(8 * MIB);
    const slow = Array.from({ length: 7 }, () => mustBegin(pipeline, 32 * MIB));
    expect(pipeline.bytesInFlight).toBe(7 * MIB);
    const small = mustBegin(pipeline, 1000);
    for (const body of [...slow, small]) body.discard();
    expect(pipeline.bytesInFlight).toBe(0);
  });

  it.each([
    ['declared', BODY_BYTES],
    ['guessed too low', 1000],
  ])('grows up to all there is for a lone body, its length %s', (_what, expectedBytes) => {
    const pipeline = open(BODY_BYTES);
    const body = mustBegin(pipeline, expectedBytes);
    const bytes = pattern(BODY_BYTES, 7);
    expect(appendAll(body, bytes, 100_000)).toBe(true);
    expect(Buffer.compare(Buffer.from(pipeline.memory.slab, 0, BODY_BYTES), bytes)).toBe(0);
    expect([body.byteLength, body.tryAppend(new Uint8Array(1))]).toEqual([BODY_BYTES, false]);
    body.discard();
    expect(pipeline.bytesInFlight).toBe(0);
  });

  it('takes its bytes along when another body lies behind it', () => {
    const pipeline = open(4 * BODY_BYTES);
    const [first, second] = [mustBegin(pipeline, BODY_BYTES), mustBegin(pipeline, BODY_BYTES)];
    const [one, two] = [pattern(BODY_BYTES, 7), pattern(BODY_BYTES, 11)];
    for (let at = 0; at < BODY_BYTES; at += 50_000) {
      expect(first.tryAppend(one.subarray(at, at + 50_000))).toBe(true);
      expect(second.tryAppend(two.subarray(at, at + 50_000))).toBe(true);
    }
    const slab = Buffer.from(pipeline.memory.slab);
    expect([slab.includes(one), slab.includes(two)]).toEqual([true, true]);
    expect(pipeline.bytesInFlight).toBe(2 * BODY_BYTES);
    first.discard();
    second.discard();
    expect(pipeline.bytesInFlight).toBe(0);
  });
});

describe('finish', () => {
  it('ends the watch, also when an answer fails', async () => {
    const pipeline = open(MIB);
    const watching = pipeline.watch();
    const body = mustBegin(pipeline, 10);
    let isAnswered = false;
    body.submit('remote-write-1', () => {
      isAnswered = true;
      throw new Error('cannot answer');
    });
    const job = new SharedRing(pipeline.memory.submitted).pop();
    new JobTable(pipeline.memory.jobs, pipeline.memory.slab).setFailed(job, new Error('not stored'));
    new SharedRing(pipeline.memory.completed).push(job);
    expect(() => pipeline.finish()).toThrow('cannot answer');
    await watching;
    expect([isAnswered, pipeline.bytesInFlight]).toEqual([true, 0]);
  });
});
