import { expect, it } from 'vitest';
import { SampleBuffers } from './sample-buffers.ts';

it('hands out what was given back, empty and as large as it was', () => {
  const buffers = new SampleBuffers();
  const first = buffers.take();
  const second = buffers.take();
  expect(second).not.toBe(first);
  first.reserve(5000);
  first.push(1, 2);
  buffers.giveBack(first);
  const again = buffers.take();
  expect(again).toBe(first);
  expect([again.count, again.timestampMs.length >= 5000]).toEqual([0, true]);
});

it('keeps neither many nor long ones', () => {
  const buffers = new SampleBuffers();
  const long = buffers.take();
  long.reserve(1 << 20);
  buffers.giveBack(long);
  expect(buffers.take()).not.toBe(long);
  const taken = Array.from({ length: 40 }, () => buffers.take());
  for (const buffer of taken) buffers.giveBack(buffer);
  const known = new Set(taken);
  expect(Array.from({ length: 40 }, () => buffers.take()).filter((buffer) => known.has(buffer))).toHaveLength(
    16,
  );
});
