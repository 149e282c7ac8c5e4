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

it('keeps 64 MiB at most, and not what is free before what is new', () => {
  const slabs = new AnswerSlabs();
  const [first, second] = [slabs.allocate(40 * 1024 ** 2), slabs.allocate(40 * 1024 ** 2)];
  const lease = slabs.finish(first);
  expect(slabs.allocate(40 * 1024 ** 2).buffer).not.toBe(second.buffer);
  giveBackSlab(lease!);
  expect(slabs.allocate(40 * 1024 ** 2).buffer).toBe(first.buffer);
  slabs.finish(new Uint8Array(0));
  const third = slabs.allocate(60 * 1024 ** 2);
  expect(third.buffer).not.toBe(first.buffer);
  slabs.finish(new Uint8Array(0));
  expect(slabs.allocate(60 * 1024 ** 2).buffer).toBe(third.buffer);
});
