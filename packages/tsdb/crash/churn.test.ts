/** Series that come and go cost nothing once they are gone: neither memory, nor index, nor disk. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChurnCosts } from './churn-process.ts';

const ROUNDS = 40;
const SERIES_PER_ROUND = 2000;
/** Rounds whose series may be there: those of the retention, and blocks that were merged with later ones. */
const ROUNDS_KEPT_MAX = 8;
const EARLY = { start: 10, end: 20 };
const LATE = { start: 30, end: 40 };
const GROWTH_MAX = 1.25;
const PROCESS = join(import.meta.dirname, 'churn-process.ts');

let directory = '';

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'promontory-churn-'));
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

function peak(costs: readonly ChurnCosts[], rounds: typeof EARLY, name: keyof ChurnCosts): number {
  return Math.max(...costs.slice(rounds.start, rounds.end).map((each) => each[name]));
}

describe('series that come and go', () => {
  it('leave nothing behind', () => {
    const args = ['--expose-gc', PROCESS, directory, `${ROUNDS}`, `${SERIES_PER_ROUND}`];
    const output = execFileSync(process.execPath, args, { encoding: 'utf8' });
    const costs = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as ChurnCosts);
    expect(costs).toHaveLength(ROUNDS);
    expect(costs.at(-1)?.seriesDropped).toBeGreaterThan((ROUNDS - ROUNDS_KEPT_MAX) * SERIES_PER_ROUND);
    expect(peak(costs, LATE, 'seriesCount')).toBeLessThanOrEqual(ROUNDS_KEPT_MAX * SERIES_PER_ROUND);
    for (const name of ['residentBytes', 'diskBytes', 'mainBytes', 'seriesCount'] as const) {
      const growth = peak(costs, LATE, name) / peak(costs, EARLY, name);
      expect(growth, `${name} ${costs.map((each) => each[name]).join(' ')}`).toBeLessThan(GROWTH_MAX);
    }
  }, 120_000);
});
