import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@promontory/base';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DirectoryLock, type LockGate } from './directory-lock.ts';

const TEST_PROCESS = fileURLToPath(new URL('./directory-lock-test-process.ts', import.meta.url));
const GATES: readonly LockGate[] = process.platform === 'linux' ? ['abstract-socket', 'file'] : ['file'];

let base = '';
let children: ChildProcess[] = [];

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'lock-'));
});

afterEach(async () => {
  await killAll();
  await rm(base, { recursive: true });
});

/** @returns what the process says: 'locked' or an error code */
async function contend(directory: string, gate: LockGate, startMs = 0): Promise<string> {
  const child = spawn(process.execPath, [TEST_PROCESS, directory, gate, String(startMs)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  return said.toString().trim();
}

/** As a crash ends them: no process cleans up. */
async function killAll(): Promise<void> {
  for (const child of children) {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
  children = [];
}

const locked = (holder: unknown): object =>
  expect.objectContaining({
    code: 'ERR_STORE_LOCKED',
    context: expect.objectContaining({ holder }) as object,
  }) as object;

describe.each(GATES)('DirectoryLock by %s', (gate) => {
  it('has one owner at a time, and leaves nothing behind', async () => {
    const lock = await DirectoryLock.acquire(join(base, 'a'), gate);
    const other = await DirectoryLock.acquire(join(base, 'b'), gate);
    await expect(DirectoryLock.acquire(join(base, 'a'), gate)).rejects.toThrow(locked(String(process.pid)));
    await lock.release();
    await lock.release();
    expect(await readdir(join(base, 'a'))).toEqual([]);
    const again = await DirectoryLock.acquire(join(base, 'a'), gate);
    await again.release();
    await other.release();
  });

  it('names the process that holds it, and goes with that process', async () => {
    expect(await contend(base, gate)).toBe('locked');
    const holder = String(children[0]?.pid);
    await expect(DirectoryLock.acquire(base, gate)).rejects.toThrow(locked(holder));
    await killAll();
    expect(await readdir(base)).toEqual(['lock.sock']);
    const lock = await DirectoryLock.acquire(base, gate);
    await lock.release();
  });

  it('goes to exactly one of several that race for what a crash left', async () => {
    expect(await contend(base, gate)).toBe('locked');
    for (let round = 0; round < 4; round++) {
      await killAll();
      const startMs = systemClock.nowMs() + 400;
      const answers = await Promise.all(Array.from({ length: 4 }, () => contend(base, gate, startMs)));
      expect(answers.sort()).toEqual([...Array.from({ length: 3 }, () => 'ERR_STORE_LOCKED'), 'locked']);
    }
  });
});

describe('DirectoryLock', () => {
  const long = 'long'.repeat(30);

  it.runIf(process.platform === 'linux')('tells long paths apart', async () => {
    const lock = await DirectoryLock.acquire(join(base, long, 'a'));
    const other = await DirectoryLock.acquire(join(base, long, 'b'));
    await expect(DirectoryLock.acquire(join(base, long, 'a'))).rejects.toThrow(locked(String(process.pid)));
    await lock.release();
    await other.release();
  });

  it.runIf(process.platform === 'linux')('sees an owner whose abstract names are others', async () => {
    const elsewhere = await DirectoryLock.acquire(base, 'file');
    await expect(DirectoryLock.acquire(base)).rejects.toThrow(locked(String(process.pid)));
    await elsewhere.release();
    const lock = await DirectoryLock.acquire(base);
    await lock.release();
  });

  it('says what the directory cannot be made for', async () => {
    const file = join(base, 'file');
    await writeFile(file, '');
    for (const path of [file, join(file, 'below')])
      await expect(DirectoryLock.acquire(path)).rejects.toMatchObject({ code: 'ERR_STORE_WRITE' });
  });

  it('by file refuses a path that the system would cut, and the trace of an attempt that died', async () => {
    await expect(DirectoryLock.acquire(join(base, long), 'file')).rejects.toThrow('choose a shorter one');
    await writeFile(join(base, 'lock.taking'), '');
    await expect(DirectoryLock.acquire(base, 'file')).rejects.toThrow('lock.taking');
  });
});
