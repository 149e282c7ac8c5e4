import { SeededRandom } from '@promontory/base';
import { expect, it } from 'vitest';
import { type Matched, type Matching, MatchingDifferences, MatchingSums, type Side } from './matching.ts';

const COUNT = 20_000;

function thing(number: number): Matched {
  const random = new SeededRandom(number);
  return { lane0: random.nextUint32() | 0, lane1: random.nextUint32() | 0, text: () => `t${number}` };
}

function* pairs(): Generator<[Matched, number]> {
  for (let index = 0; index < COUNT; index++) yield [thing(index % 50), index];
}

/** Left in order, right backwards. */
function fill(
  matching: Matching,
  left: Iterable<[Matched, number]>,
  right: Iterable<[Matched, number]>,
): void {
  for (const [what, ref] of left) matching.add(what, ref, 1);
  for (const [what, ref] of [...right].toReversed()) matching.add(what, ref, -1);
}

function differences(left: [Matched, number][], right: [Matched, number][]): [string, number, Side][] {
  const sums = new MatchingSums();
  fill(sums, left, right);
  const found = new MatchingDifferences(sums.unmatched());
  fill(found, left, right);
  return [...found.entries()].map(({ text, ref, side }) => [text, ref, side]);
}

it('equal sides cancel out in any order', () => {
  const sums = new MatchingSums();
  fill(sums, pairs(), pairs());
  expect(sums.unmatched().size).toBe(0);
});

it('what only one side has is found, among many', () => {
  const all = [...pairs()];
  const moved: [Matched, number] = [thing(3), 7];
  expect(differences(all, all.slice(1))).toEqual([['t0', 0, 1]]);
  expect(differences(all.slice(0, -1), all)).toEqual([[`t${(COUNT - 1) % 50}`, COUNT - 1, -1]]);
  expect(
    differences(all, [...all.slice(0, 7), moved, ...all.slice(8)]).sort(
      (one, other) => one[1] - other[1] || one[2] - other[2],
    ),
  ).toEqual([
    ['t3', 7, -1],
    ['t7', 7, 1],
  ]);
  expect(differences([...all, all[0]!], all)).toEqual([['t0', 0, 1]]);
});
