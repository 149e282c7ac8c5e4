import { SeededRandom } from '@promontory/base';
import { compareLabels, Labels } from '@promontory/model';
import { expect, it } from 'vitest';
import { sortByLabels } from './sort-by-labels.ts';

const ALPHABET = [
  '',
  'a',
  'b',
  'z',
  '0',
  '\0',
  'é',
  '\u00fe',
  '\u00ff',
  '\u0100',
  '€',
  '\ue000',
  '😀',
  '\u{10ffff}',
];

function text(random: SeededRandom, length: number): string {
  let made = '';
  for (let index = 0; index < length; index++) made += ALPHABET[random.nextInt(ALPHABET.length)] ?? '';
  return made;
}

function label(random: SeededRandom): [string, string] {
  return ['instance', `host-${text(random, random.nextInt(9))}`];
}

it('orders any label sets as comparing them does', () => {
  const random = new SeededRandom(7);
  for (let round = 0; round < 200; round++) {
    const items = Array.from({ length: random.nextInt(40) }, () => {
      const entries: [string, string][] = [['__name__', round % 3 === 0 ? text(random, 2) : 'up']];
      if (round % 2 === 0 || random.nextInt(4) > 0) entries.push(label(random));
      entries.push(['zone', text(random, random.nextInt(3))]);
      return { labels: Labels.fromEntries(entries) };
    });
    let ticks = 0;
    const sorted = sortByLabels(items, () => ticks++);
    const expected = items.toSorted((left, right) => compareLabels(left.labels, right.labels));
    expect(sorted.map(({ labels }) => labels.key)).toEqual(expected.map(({ labels }) => labels.key));
    expect(ticks).toBeGreaterThanOrEqual(items.length - 1);
  }
});
