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
  expect([small.buffer, grown.buffer]).toContain(slabs.allocate(LARGE).buffer);
  expect(slabs.finish(new Uint8Array(10))).toBeNull();
  expect(slabs.allocate(2 * LARGE).buffer).toBe(grown.buffer);
});

it('makes larger memory in place of what is too small', () => {
  const slabs = new AnswerSlabs();
  giveBackSlab(slabs.finish(slabs.allocate(LARGE))!);
  const large = slabs.allocate(5 * LARGE);
  expect(large.length).toBeGreaterThanOrEqual(5 * LARGE);
  giveBackSlab(slabs.finish(large)!);
  expect(slabs.allocate(LARGE).buffer).toBe(large.buffer);
});

it('shares no small bodies, and keeps no huge slab', () => {
  const slabs = new AnswerSlabs();
  const small = slabs.allocate(1000);
  expect(small.buffer).toBeInstanceOf(ArrayBuffer);
  expect(slabs.finish(small)).toBeNull();
  const huge = slabs.allocate(65 * 1024 * 1024);
  const lease = slabs.finish(huge);
  if (lease !== null) giveBackSlab(lease);
  expect(slabs.allocate(65 * 1024 * 1024).buffer).not.toBe(huge.buffer);
});
