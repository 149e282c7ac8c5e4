import { PromontoryError, SeededRandom } from '@promontory/base';
import { expect, it } from 'vitest';
import { compress, uncompress } from './snappy.ts';

const SEED = 20261121;
const ROUNDS = 20_000;
const LIMIT = 1 << 16;

it(`mutated blocks uncompress or are refused, nothing else (seed ${SEED})`, () => {
  const random = new SeededRandom(SEED);
  const originals = [2, 16, 256].map((alphabet) =>
    compress(Uint8Array.from({ length: 3000 }, () => random.nextInt(alphabet))),
  );
  const outcomes = { accepted: 0, refused: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    const block = Uint8Array.from(originals[round % originals.length] ?? []);
    const mutations = 1 + random.nextInt(4);
    for (let index = 0; index < mutations; index++) {
      block[random.nextInt(random.nextInt(2) === 0 ? 8 : block.length)] = random.nextInt(256);
    }
    outcomes[outcomeOf(block.subarray(0, block.length - random.nextInt(2)))]++;
  }
  expect(outcomes.accepted).toBeGreaterThan(ROUNDS / 100);
  expect(outcomes.refused).toBeGreaterThan(ROUNDS / 10);
});

function outcomeOf(block: Uint8Array): 'accepted' | 'refused' {
  try {
    const bytes = uncompress(block, LIMIT);
    if (bytes.length > LIMIT) throw new RangeError('more bytes than allowed');
    return 'accepted';
  } catch (error) {
    if (error instanceof PromontoryError && error.kind === 'bad-data') return 'refused';
    throw error;
  }
}
