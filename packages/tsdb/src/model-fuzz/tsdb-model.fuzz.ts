/**
 * The whole store against plain maps. PROMONTORY_MODEL_SECONDS makes it walk for longer, PROMONTORY_FUZZ_SEED
 * elsewhere.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { walkThroughStore, type WalkSummary } from './store-walk.ts';

const SEED = Number(process.env['PROMONTORY_FUZZ_SEED'] ?? 20_261_121);
const SECONDS = Number(process.env['PROMONTORY_MODEL_SECONDS'] ?? 10);
const OPERATIONS = 250;
/** Walks that once found something. */
const SEEDS_KEPT: readonly number[] = [];

let parent = '';

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'tsdb-model-'));
});

afterAll(() => rm(parent, { recursive: true }));

async function walk(seed: number, operations = OPERATIONS): Promise<WalkSummary> {
  const directory = join(parent, `${seed}`);
  try {
    return await walkThroughStore(directory, seed, operations);
  } catch (cause) {
    throw new Error(`seed ${seed}`, { cause });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

describe('the store', () => {
  it.each(SEEDS_KEPT.map((seed) => [seed]))('agrees with the model on the walk of seed %i', async (seed) => {
    expect((await walk(seed)).samples).toBeGreaterThan(0);
  });

  it(
    'agrees with the model on random walks',
    async () => {
      const endMs = performance.now() + SECONDS * 1000;
      const summaries: WalkSummary[] = [];
      for (let seed = SEED; performance.now() < endMs; seed++) summaries.push(await walk(seed));
      const sum = (name: Exclude<keyof WalkSummary, 'rejections'>): number =>
        summaries.reduce((total, summary) => total + summary[name], 0);
      expect(sum('samples')).toBeGreaterThan(1000);
      for (const name of [
        'samplesDeleted',
        'blocksWritten',
        'blocksMerged',
        'blocksDropped',
        'seriesIdled',
        'seriesDropped',
      ] as const)
        expect([name, sum(name)]).toEqual([name, expect.toSatisfy((count: number) => count > 0)]);
      const codes = new Set(summaries.flatMap(({ rejections }) => [...rejections]));
      expect(codes.size).toBe(5);
    },
    SECONDS * 1000 + 60_000,
  );
});
