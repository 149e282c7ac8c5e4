import { expect, it } from 'vitest';
import { AnswerMemory, giveBackBody } from './answer-memory.ts';

const LARGE = 100_000;
const MEBIBYTE = 1024 ** 2;

/** What of an answer is written, as a view of what was given for it. */
function written(memory: Uint8Array, byteCount: number): Uint8Array {
  return memory.subarray(0, byteCount);
}

it('gives the same memory again once it was given back, and never before', () => {
  const memory = new AnswerMemory();
  const first = memory.allocate(LARGE);
  const lease = memory.finish(first);
  const second = memory.allocate(LARGE);
  expect(second.buffer).toBe(first.buffer);
  expect(second.byteOffset).toBeGreaterThanOrEqual(first.byteOffset + LARGE);
  memory.finish(second);
  giveBackBody(lease!);
  expect(memory.allocate(LARGE / 2).byteOffset).toBe(first.byteOffset);
});

it('frees what an answer outgrew, what it did not fill, and what a failed one took', () => {
  const memory = new AnswerMemory();
  const small = memory.allocate(LARGE);
  const grown = memory.allocate(100 * LARGE);
  const lease = memory.finish(written(grown, 2 * LARGE));
  expect(memory.allocate(LARGE).byteOffset).toBe(small.byteOffset);
  expect(memory.allocate(LARGE).byteOffset).toBeLessThan(grown.byteOffset + 4 * LARGE);
  giveBackBody(lease!);
  expect(memory.finish(new Uint8Array(10))).toBeNull();
  expect(memory.allocate(LARGE).byteOffset).toBe(small.byteOffset);
  expect(memory.allocate(2 * LARGE).byteOffset).toBe(grown.byteOffset);
});

it('shares no small bodies', () => {
  const memory = new AnswerMemory();
  const small = memory.allocate(1000);
  expect(small.buffer).toBeInstanceOf(ArrayBuffer);
  expect(memory.finish(small)).toBeNull();
});

it('has 128 MiB, and memory that is not shared for what has no room in them', () => {
  const memory = new AnswerMemory();
  const first = memory.allocate(100 * MEBIBYTE);
  const lease = memory.finish(first);
  const second = memory.allocate(28 * MEBIBYTE);
  const third = memory.allocate(MEBIBYTE);
  expect([second, third].map(({ buffer }) => buffer.constructor)).toEqual([SharedArrayBuffer, ArrayBuffer]);
  expect(memory.finish(third)).toBeNull();
  giveBackBody(lease!);
  expect(memory.allocate(128 * MEBIBYTE).buffer).toBe(first.buffer);
  memory.finish(new Uint8Array(0));
  expect(memory.allocate(129 * MEBIBYTE).buffer).toBeInstanceOf(ArrayBuffer);
});
