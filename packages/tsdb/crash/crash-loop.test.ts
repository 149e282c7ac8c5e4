/**
 * Kills a writing process with SIGKILL again and again, and compares the database with the sender's own record
 * each time, after a verification of it as it was left. PROMONTORY_CRASH_ROUNDS sets how often.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SeededRandom, systemClock } from '@promontory/base';
import { type Durability, openTsdb, verifyTsdb } from '../src/index.ts';
import { mustHoldWrites } from './check-contents.ts';
import { CRASH_LIMITS } from './crash-limits.ts';
import { ExpectedContents, type Workload } from './workload.ts';

const ROUNDS = Number(process.env['PROMONTORY_CRASH_ROUNDS'] ?? 50);
const SEED = 20261121;
const LIFE_MS_MAX = 120;
const PROCESS = join(import.meta.dirname, 'writer-process.ts');

let directory = '';

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'promontory-crash-'));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Lets a process write from `first` on and kills it after some time. @returns the writes acknowledged so far */
async function writeAndKill(
  workload: Workload,
  first: number,
  lifeMs: number,
  durability: Durability,
): Promise<number> {
  const args = [PROCESS, directory, workload.seed, workload.startMs, first, 1_000_000, durability].map(
    String,
  );
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let acknowledged = first;
  let lastLine = '';
  const lines = createInterface({ input: child.stdout });
  const ready = new Promise<void>((resolve) => {
    lines.on('line', (line) => {
      lastLine = line;
      if (line === 'ready') resolve();
      if (line.startsWith('acknowledged ')) acknowledged = Number(line.slice('acknowledged '.length));
    });
  });
  await Promise.race([ready, mustNotEnd(child, () => lastLine)]);
  await sleep(lifeMs);
  const closed = once(lines, 'close');
  child.kill('SIGKILL');
  await closed;
  return acknowledged;
}

async function mustNotEnd(child: ChildProcess, lastLine: () => string): Promise<never> {
  const [code] = (await once(child, 'close')) as [number | null];
  throw new Error(`the writing process ended by itself with ${code}: ${lastLine()}`);
}

describe('a database whose process is killed', () => {
  it.each([
    ['disk', ROUNDS],
    ['process', Math.ceil(ROUNDS / 5)],
  ] as const)(
    'has what was acknowledged and nothing else: durability %s, %i times',
    async (durability, rounds) => {
      const random = new SeededRandom(SEED);
      const workload = { seed: SEED, startMs: systemClock.nowMs() - 6 * 3600 * 1000 };
      const expected = new ExpectedContents(workload);
      let writes = 0;
      for (let round = 0; round < rounds; round++) {
        const acknowledged = await writeAndKill(workload, writes, random.nextInt(LIFE_MS_MAX), durability);
        expect((await verifyTsdb({ directory })).findings).toEqual([]);
        const tsdb = await openTsdb({ directory, limits: CRASH_LIMITS, durability });
        writes = mustHoldWrites(tsdb, expected, acknowledged);
        await tsdb.close();
      }
      // How many get done between two kills depends on what else the machine does.
      expect(writes).toBeGreaterThan(rounds / 5);
    },
    600_000,
  );
});
