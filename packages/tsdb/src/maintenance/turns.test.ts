import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Turns } from './turns.ts';

it('turns go one after the other, also after one that failed', async () => {
  const turns = new Turns();
  const events: string[] = [];
  const work = (name: string, fails = false) =>
    turns.take(async () => {
      events.push(`${name} begins`);
      await nextTurn();
      events.push(`${name} ends`);
      if (fails) throw new Error(name);
      return name;
    });
  const all = Promise.allSettled([work('a'), work('b', true), work('c')]);
  expect(turns.isTaken).toBe(true);
  expect((await all).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(events).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  expect(turns.isTaken).toBe(false);
});
