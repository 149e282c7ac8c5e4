/**
 * A disk that fills up beside the database: writes are refused by code before LMDB is at risk, reads go on, and when
 * space returns the same open database goes on. On a small file system of its own where that can be mounted, else
 * with a made-up measure of free space.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorCode, systemClock } from '@promontory/base';
import { errorCodes, openTsdb, type Tsdb } from '../src/index.ts';
import { mustHoldWrites } from './check-contents.ts';
import { CRASH_LIMITS } from './crash-limits.ts';
import { appendWrite, ExpectedContents, makeWrite } from './workload.ts';

const DISK_MEBIBYTES = 48;
const RESERVE_BYTES = 8 * 1024 ** 2;
const SEED = 3;
const WRITES_BEFORE = 20;
const WRITES_AFTER = 40;

let mountPoint = '';
let isMounted = false;

beforeAll(() => {
  mountPoint = mkdtempSync(join(tmpdir(), 'promontory-full-'));
  const size = `size=${DISK_MEBIBYTES}m`;
  isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', size, 'tmpfs', mountPoint]).status === 0;
});

afterAll(() => {
  if (isMounted) spawnSync('umount', [mountPoint]);
  rmSync(mountPoint, { recursive: true, force: true });
});

/** What lies beside the database on the disk. */
class Ballast {
  readonly #path = join(mountPoint, 'ballast');
  #bytes = 0;

  freeBytes(): number {
    if (!isMounted) return DISK_MEBIBYTES * 1024 ** 2 - this.#bytes;
    const { bavail, bsize } = statfsSync(mountPoint);
    return bavail * bsize;
  }

  /** Leaves so much. */
  fill(freeBytes: number): void {
    this.#bytes = Math.max(0, this.freeBytes() - freeBytes);
    if (isMounted) writeFileSync(this.#path, Buffer.alloc(this.#bytes, 1));
  }

  remove(): void {
    this.#bytes = 0;
    rmSync(this.#path, { force: true });
  }
}

async function write(tsdb: Tsdb, number: number): Promise<void> {
  const appender = tsdb.appender();
  appendWrite(appender, makeWrite({ seed: SEED, startMs: START_MS }, number));
  await appender.commit();
}

async function codeOf(action: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await action();
    return undefined;
  } catch (error) {
    return errorCode(error) ?? String(error);
  }
}

const START_MS = systemClock.nowMs() - 3600 * 1000;

describe('a database on a disk that fills up', () => {
  it('refuses writes, answers, and goes on when space returns', async () => {
    const ballast = new Ballast();
    const directory = join(mountPoint, 'database');
    mkdirSync(directory);
    const options = {
      directory,
      limits: { ...CRASH_LIMITS, diskReserveBytes: RESERVE_BYTES },
      freeBytesOf: () => ballast.freeBytes(),
    };
    const tsdb = await openTsdb(options);
    const expected = new ExpectedContents({ seed: SEED, startMs: START_MS });
    for (let number = 0; number < WRITES_BEFORE; number++) await write(tsdb, number);

    for (const freeBytes of [RESERVE_BYTES, 1024 ** 2, 0]) {
      ballast.fill(freeBytes);
      expect(await codeOf(() => write(tsdb, WRITES_BEFORE))).toBe(errorCodes.ERR_DISK_FULL);
      expect(await codeOf(() => tsdb.flush())).toBe(errorCodes.ERR_DISK_FULL);
      const maintained = await codeOf(() => tsdb.maintain());
      expect([undefined, errorCodes.ERR_DISK_FULL]).toContain(maintained);
      expect(mustHoldWrites(tsdb, expected, WRITES_BEFORE)).toBe(WRITES_BEFORE);
      ballast.remove();
    }

    for (let number = WRITES_BEFORE; number < WRITES_AFTER; number++) {
      await write(tsdb, number);
      while (await tsdb.maintain());
    }
    expect(mustHoldWrites(tsdb, expected, WRITES_AFTER)).toBe(WRITES_AFTER);
    await tsdb.close();
    const reopened = await openTsdb(options);
    expect(mustHoldWrites(reopened, expected, WRITES_AFTER)).toBe(WRITES_AFTER);
    await reopened.close();
  }, 60_000);
});
