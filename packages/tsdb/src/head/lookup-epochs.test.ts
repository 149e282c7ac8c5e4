import { expect, it } from 'vitest';
import { LookupEpochs } from './lookup-epochs.ts';

it('the oldest epoch is that of the slowest user, the current one when nobody looks', () => {
  const epochs = new LookupEpochs(LookupEpochs.allocate(2));
  const other = new LookupEpochs(epochs.memory);
  expect([epochs.current, epochs.oldest]).toEqual([1, 1]);
  const slow = epochs.tryClaim();
  const quick = other.tryClaim();
  expect([slow, quick, epochs.tryClaim()]).toEqual([0, 1, -1]);
  expect(epochs.enter(slow)).toBe(1);
  expect(epochs.advance()).toBe(2);
  expect(other.enter(quick)).toBe(2);
  expect(epochs.advance()).toBe(3);
  expect([epochs.current, epochs.oldest]).toEqual([3, 1]);
  epochs.leave(slow);
  expect(epochs.oldest).toBe(2);
  expect(epochs.enter(slow)).toBe(3);
  other.leave(quick);
  expect(epochs.oldest).toBe(3);
});

it('the slot of a user that died is given back for it', () => {
  const epochs = new LookupEpochs(LookupEpochs.allocate(1));
  const slot = epochs.tryClaim();
  epochs.enter(slot);
  epochs.advance();
  expect(epochs.oldest).toBe(1);
  epochs.release(slot);
  expect([epochs.oldest, epochs.tryClaim()]).toEqual([2, slot]);
});
