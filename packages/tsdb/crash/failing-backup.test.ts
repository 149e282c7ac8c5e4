/**
 * Makes system calls on the files of a backup fail, once in each thread: the backup fails whole, and a later attempt
 * succeeds.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@promontory/base';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openTsdb, restoreTsdb, verifyTsdb } from '../src/index.ts';
import { mustHoldWrites } from './check-contents.ts';
import { CRASH_LIMITS } from './crash-limits.ts';
import { ExpectedContents } from './workload.ts';
import { canTrace, runTraced } from './strace.ts';

const PROCESS = join(import.meta.dirname, 'backup-process.ts');
/** Enough for some blocks. */
const WRITES = 40;

const isTraceable = canTrace('backups to a failing disk');

let directory = '';

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'promontory-backup-'));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** What fails on which file of the backup. Null: only a backup makes such calls. */
const FAILURES: readonly [calls: string, path: string | null][] = [
  ['write,pwrite64,writev', 'main/data.mdb'],
  ['fsync', 'main/data.mdb'],
  ['fsync', 'main'],
  ['fsync', 'log'],
  ['link,linkat', null],
  ['fsync', 'blocks'],
  ['write,pwrite64,writev', 'backup.new'],
  ['fsync', 'backup.new'],
  ['rename,renameat2', 'backup.new'],
];

describe.skipIf(!isTraceable)('a backup to a failing disk', () => {
  it.each(FAILURES)(
    'fails whole when %s fails for %s, and can be made afterwards',
    async (calls, path) => {
      const database = join(directory, 'db');
      const target = join(directory, 'copy');
      const startMs = systemClock.nowMs() - 3600 * 1000;
      const { output, exitCode } = runTraced(
        [
          '-f',
          '-o',
          '/dev/null',
          ...(path === null ? [] : ['-P', join(target, path)]),
          '-e',
          `trace=${calls}`,
        ].concat(['-e', `inject=${calls}:error=ENOSPC:when=1`]),
        [PROCESS, database, target, String(startMs), String(WRITES)],
      );
      const lines = output.trim().split('\n');
      expect(lines.pop()).toBe('made');
      expect([...new Set(lines)]).toEqual(['failed ERR_BACKUP_WRITE, 0 left']);
      expect(exitCode).toBe(0);
      const restored = join(directory, 'new');
      await restoreTsdb({ backupDirectory: target, directory: restored });
      expect((await verifyTsdb({ directory: restored })).findings).toEqual([]);
      const tsdb = await openTsdb({ directory: restored, limits: CRASH_LIMITS });
      expect(mustHoldWrites(tsdb, new ExpectedContents({ seed: 1, startMs }), WRITES)).toBe(WRITES);
      await tsdb.close();
    },
    60_000,
  );
});
