/**
 * Loses power after every write of a recorded run: what was acknowledged must be there, whatever part of the
 * writes since the last sync had reached the disk.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SeededRandom, systemClock } from '@promontory/base';
import { type Durability, openTsdb } from '../src/index.ts';
import { mustHoldOnlyWritten, mustHoldWrites } from './check-contents.ts';
import { CRASH_LIMITS } from './crash-limits.ts';
import { DiskModel } from './disk-model.ts';
import { ExpectedContents } from './workload.ts';
import { canTrace, runTraced } from './strace.ts';
import { type DiskOperation, readStraceLog, STRACE_ARGUMENTS } from './strace-log.ts';

const WRITES = 24;
const SEED = 7;
const PROCESS = join(import.meta.dirname, 'writer-process.ts');

const isTraceable = canTrace('loss of power');

let directory = '';

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'promontory-power-'));
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** @param database made by the process, and the folders above it below `directory` */
function record(startMs: number, durability: Durability, database: string): DiskOperation[] {
  const log = join(directory, 'strace.log');
  const run = runTraced(
    [...STRACE_ARGUMENTS, '-o', log],
    [PROCESS, database, String(SEED), String(startMs), '0', String(WRITES), durability],
  );
  if (run.exitCode !== 0) throw new Error(`the recorded run failed: ${run.output}`);
  return readStraceLog(log, directory);
}

describe.skipIf(!isTraceable)('a database whose machine loses power', () => {
  it.each([
    ['has what was acknowledged', 'disk'],
    ['can be opened and has nothing that was not written', 'process'],
  ] as const)(
    '%s, whatever part of the unsynced writes survived: durability %s',
    async (_what, durability) => {
      const random = new SeededRandom(SEED);
      const startMs = systemClock.nowMs() - 3600 * 1000;
      const expected = new ExpectedContents({ seed: SEED, startMs });
      const path = join(durability, 'deep', 'database');
      const operations = record(startMs, durability, join(directory, path));
      const disk = new DiskModel(directory);
      const target = mkdtempSync(join(tmpdir(), 'promontory-after-'));
      let acknowledged = 0;
      let states = 0;

      const check = async (survives: () => boolean): Promise<void> => {
        disk.materialize(target, survives);
        const tsdb = await openTsdb({ directory: join(target, path), limits: CRASH_LIMITS, durability });
        const mustHold = durability === 'disk' ? mustHoldWrites : mustHoldOnlyWritten;
        mustHold(tsdb, expected, acknowledged);
        await tsdb.close();
        states++;
      };

      for (const operation of operations) {
        if (operation.kind === 'say') {
          const [, count] = /^acknowledged (\d+)$/.exec(operation.line) ?? [];
          acknowledged = Number(count ?? acknowledged);
          // Only now can what is not synced be missed.
          if (count !== undefined) await check(() => false);
          continue;
        }
        disk.apply(operation);
        if (operation.kind === 'sync') continue;
        // Unsynced writes pile up, and a state costs as much as they do.
        if (durability === 'process' && random.nextInt(4) > 0) continue;
        await check(() => true);
        if (disk.pendingCount > 1 && random.nextInt(3) === 0) await check(() => random.nextInt(2) === 0);
      }
      rmSync(target, { recursive: true, force: true });
      expect(acknowledged).toBe(WRITES);
      expect(states).toBeGreaterThan(WRITES * 2);
    },
    300_000,
  );
});
