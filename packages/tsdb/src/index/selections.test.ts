import { Matcher } from '@promontory/model';
import { expect, it } from 'vitest';
import { type Selection, Selections } from './selections.ts';

const up = new Matcher('=', '__name__', 'up');

function found(length: number, isWhole = true): () => Selection {
  return () => ({ refs: new Int32Array(length), isWhole });
}

function never(): Selection {
  throw new Error('it was selected before');
}

it('selects once what the same matchers ask for', () => {
  const selections = new Selections();
  const refs = selections.getOrFind([up], found(3));
  expect(refs.length).toBe(3);
  expect(selections.getOrFind([new Matcher('=', '__name__', 'up')], never)).toBe(refs);
});

it.each([
  ['other operator', [new Matcher('!=', '__name__', 'up')]],
  ['other name', [new Matcher('=', 'job', 'up')]],
  ['other value', [new Matcher('=', '__name__', 'down')]],
  ['one more', [up, new Matcher('=', 'job', 'api')]],
  ['none', []],
  ['text that looks like two', [new Matcher('=', '__name__', 'up"],["job","=","api')]],
])('tells matchers apart: %s', (_what, matchers) => {
  const selections = new Selections();
  selections.getOrFind([up], found(1));
  selections.getOrFind([up, new Matcher('=', 'job', '')], found(1));
  expect(selections.getOrFind(matchers, found(2)).length).toBe(2);
});

it('forgets what is damaged: that is to be told of again', () => {
  const selections = new Selections();
  selections.getOrFind([up], found(1, false));
  expect(selections.getOrFind([up], found(2)).length).toBe(2);
});

it('starts anew where the bound is met, of refs and of selections', () => {
  const WORDS_MAX = 1024 * 1024;
  const selections = new Selections();
  const most = WORDS_MAX - 1000;
  selections.getOrFind([up], found(most));
  selections.getOrFind([], found(WORDS_MAX));
  expect(selections.getOrFind([up], never).length).toBe(most);
  selections.getOrFind([], found(1000));
  expect(selections.getOrFind([up], found(2)).length).toBe(2);
  for (let index = 0; index < 20_000; index++) {
    selections.getOrFind([new Matcher('=', 'i', String(index))], found(0));
  }
  expect(selections.getOrFind([up], found(3)).length).toBe(3);
});

it('keeps no more memory than the refs need', () => {
  const selections = new Selections();
  const refs = new Int32Array(1000).fill(7).subarray(0, 1);
  selections.getOrFind([up], () => ({ refs, isWhole: true }));
  const kept = selections.getOrFind([up], never);
  expect([...kept]).toEqual([7]);
  expect(kept.buffer.byteLength).toBe(4);
});
