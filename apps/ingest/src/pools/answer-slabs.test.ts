import { expect, it } from 'vitest';
import { AnswerSlabs, giveBackSlab } from './answer-slabs.ts';

const LARGE = 100_000;

it('gives the same memory again once it was given back, and never before', () => {
  const slabs = new AnswerSlabs();
  const first = slabs.allocate(LARGE);
  const lease = slabs.finish(first);
  const second = slabs.allocate(LARGE);
  expect(second.buffer).not.toBe(first.buffer);
  slabs.finish(second);
  giveBackSlab(lease!);
  expect(slabs.allocate(LARGE / 2).buffer).toBe(first.buffer);
});

it('frees what an answer outgrew, and what a failed one took', () => {
  const slabs = new AnswerSlabs();
  const small = slabs.allocate(LARGE);
  const grown = slabs.allocate(2 * LARGE);
  giveBackSlab(slabs.finish(grown)!);
  expect(slabs.allocate(LARGE).buffer).toBe(small.buffer);
  expect(slabs.finish(new Uint8Array(10))).toBeNull();
  expect(slabs.allocate(LARGE).buffer).toBe(small.buffer);
  expect(slabs.allocate(2 * LARGE).buffer).toBe(grown.buffer);
});

it('takes no slab that an answer would fill to a small part only', () => {
  const slabs = new AnswerSlabs();
  const large = slabs.allocate(20 * LARGE);
  giveBackSlab(slabs.finish(large)!);
  const small = slabs.allocate(LARGE);
  expect(small.length).toBeLessThan(2 * LARGE);
  giveBackSlab(slabs.finish(small)!);
  expect(slabs.allocate(20 * LARGE).buffer).toBe(large.buffer);
  expect(slabs.allocate(LARGE).buffer).toBe(small.buffer);
});

it('shares no small bodies', () => {
  const slabs = new AnswerSlabs();
  const small = slabs.allocate(1000);
  expect(small.buffer).toBeInstanceOf(ArrayBuffer);
  expect(slabs.finish(small)).toBeNull();
});

it('has slabs of 64 MiB in all, and memory that is not shared for what has no room in them', () => {
  const slabs = new AnswerSlabs();
  const first = slabs.allocate(32 * 1024 ** 2);
  const lease = slabs.finish(first);
  const second = slabs.allocate(20 * 1024 ** 2);
  const third = slabs.allocate(1024 ** 2);
  expect([second, third].map(({ buffer }) => buffer.constructor)).toEqual([SharedArrayBuffer, ArrayBuffer]);
  giveBackSlab(lease!);
  expect(slabs.allocate(30 * 1024 ** 2).buffer).toBe(first.buffer);
  expect(slabs.finish(third)).toBeNull();
  for (const megabytes of [60, 65, 500]) {
    expect(slabs.allocate(megabytes * 1024 ** 2).buffer).toBeInstanceOf(ArrayBuffer);
  }
});
