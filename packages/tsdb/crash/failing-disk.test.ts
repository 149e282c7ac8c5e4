/**
 * Makes the n-th write or sync fail, or a stretch of them, for many n: failures are typed errors, nothing
 * acknowledged is lost, and the same process goes on once the disk does.
 *
 * Now and then the process ends instead: on a failed write of a page, lmdb-js writes its error text beyond a
 * buffer of 100 bytes, and the allocator notices. Nothing is lost then either, and the next open goes on. The
 * guard against full disks keeps the usual cause of failing writes away from LMDB.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '@promontory/base';
import { openTsdb } from '../src/index.ts';
import { mustHoldWrites } from './check-contents.ts';
import { CRASH_LIMITS } from './crash-limits.ts';
import { ExpectedContents } from './workload.ts';
import { canTrace, runTraced } from './strace.ts';

const WRITES = 12;
const CALLS = 85;
/** Every call in a long run (PROMONTORY_CRASH_ROUNDS), a few of them in a normal one. */
const STEP = Number(process.env['PROMONTORY_CRASH_ROUNDS'] ?? 0) >= 200 ? 1 : 8;
const SEED = 11;
const FAILING_CALLS = 'pwrite64,writev,pwritev,fdatasync,fsync';
const PROCESS = join(import.meta.dirname, 'writer-process.ts');
/** What a failing disk may look like to a caller. */
const TYPED = /^(?:failed \d+|maintenance failed|cannot open) ERR_(?:STORE_WRITE|STORE_FAILED|DISK_FULL)$/;

const isTraceable = canTrace('a failing disk');

let directory = '';

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'promontory-failing-'));
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

interface Outcome {
  readonly acknowledged: number;
  readonly complaints: readonly string[];
  readonly couldOpen: boolean;
  /** By its allocator, inside LMDB. */
  readonly wasEnded: boolean;
}

/** @param when in strace's notation: `7`, or `7..9` */
async function runFailing(error: string, when: string): Promise<Outcome> {
  const database = join(directory, `${error}-${when}`);
  const startMs = systemClock.nowMs() - 3600 * 1000;
  const injection = `inject=${FAILING_CALLS}:error=${error}:when=${when}`;
  const { output, exitCode } = runTraced(
    ['-f', '--seccomp-bpf', '-o', '/dev/null', '-e', `trace=${FAILING_CALLS}`, '-e', injection],
    [PROCESS, database, String(SEED), String(startMs), '0', String(WRITES)],
  );
  const lines = output.trim().split('\n');
  const acknowledged = lines.filter((line) => line.startsWith('acknowledged ')).length;
  const complaints = lines.filter((line) => /failed|cannot/.test(line));
  const couldOpen = lines.includes('ready');
  const wasEnded = exitCode === null || exitCode > 128;
  if (couldOpen && !wasEnded && exitCode !== 0) throw new Error(`exit ${exitCode} after:\n${output}`);
  const tsdb = await openTsdb({ directory: database, limits: CRASH_LIMITS });
  mustHoldWrites(tsdb, new ExpectedContents({ seed: SEED, startMs }), acknowledged);
  await tsdb.close();
  rmSync(database, { recursive: true, force: true });
  return { acknowledged, complaints, couldOpen, wasEnded };
}

describe.skipIf(!isTraceable)('a database on a failing disk', () => {
  it.each([
    ['EIO', 1],
    ['ENOSPC', 5],
  ])(
    'outlives each single %s',
    async (error, first) => {
      let failures = 0;
      for (let when = first; when <= CALLS; when += STEP) {
        const { acknowledged, complaints, couldOpen, wasEnded } = await runFailing(error, `${when}`);
        for (const complaint of complaints) expect(complaint).toMatch(TYPED);
        expect(wasEnded || acknowledged === (couldOpen ? WRITES : 0)).toBe(true);
        failures += complaints.length;
      }
      expect(failures).toBeGreaterThan(5);
    },
    300_000,
  );

  it.each(['EIO', 'ENOSPC'])(
    'outlives a stretch of %s and goes on by itself',
    async (error) => {
      for (const when of ['22..26', '31..38', '40..44']) {
        const { acknowledged, complaints, wasEnded } = await runFailing(error, when);
        if (wasEnded) continue;
        expect(complaints.length).toBeGreaterThan(1);
        for (const complaint of complaints) expect(complaint).toMatch(TYPED);
        expect(acknowledged).toBe(WRITES);
      }
    },
    120_000,
  );
});
