/**
 * One owner per data directory. The owner listens on the Unix socket `lock.sock` in it, so the lock goes with
 * the process however it ends, and whoever is refused can be told which process holds it.
 *
 * The file of a socket outlives its process, and looking at it, removing it and listening anew is not one
 * step. So only who has passed a gate may do it:
 *
 * - On Linux an abstract socket named after the directory's device and inode, held as long as the lock.
 *   Binding it is atomic and nothing of it stays behind. The directory is kept open, so that its inode is not
 *   given to another one. Abstract names are those of one network namespace: containers that share a volume
 *   but not the network meet at `lock.sock` alone, which keeps them apart unless two of them start within
 *   the same few milliseconds over a socket left by a crash.
 * - Elsewhere the file `lock.taking`, made exclusively and removed once `lock.sock` is taken. A process that
 *   dies in between leaves it, and the next start says that it is to be removed.
 *
 * The system cuts socket paths at about 100 bytes. On Linux the path goes through the open directory and is
 * short; elsewhere a longer one is refused.
 */
import { closeSync, fstatSync, openSync } from 'node:fs';
import { open, unlink } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { errorCode, errorMessage, PromontoryError } from '@promontory/base';
import { ERR_STORE_LOCKED, ERR_STORE_WRITE } from '../error-codes.ts';
import { makeDirectoryDurably } from './durable-directory.ts';
import { LockSocket } from './lock-socket.ts';

const SOCKET_NAME = 'lock.sock';
const TAKING_NAME = 'lock.taking';
const SOCKET_PATH_BYTES_MAX = 103;
const GATE_ATTEMPTS_MAX = 100;
const GATE_ATTEMPT_MS = 20;

export type LockGate = 'abstract-socket' | 'file';

export class DirectoryLock {
  readonly #close: () => Promise<void>;
  #released: Promise<void> | null = null;

  private constructor(close: () => Promise<void>) {
    this.#close = close;
  }

  /**
   * Makes the directory when it is not there, so that a loss of power does not take it away again, and takes its lock.
   *
   * @param gate as the platform needs it
   * @throws PromontoryError ERR_STORE_LOCKED when somebody else holds it, or it cannot be taken here; ERR_STORE_WRITE when
   *   the directory cannot be made
   */
  static async acquire(
    directory: string,
    gate: LockGate = process.platform === 'linux' ? 'abstract-socket' : 'file',
  ): Promise<DirectoryLock> {
    makeDirectory(directory);
    const close = await (gate === 'file' ? takeByFile(directory) : takeByAbstractSocket(directory));
    return new DirectoryLock(close);
  }

  /** Calling it twice is fine. */
  release(): Promise<void> {
    this.#released ??= this.#close();
    return this.#released;
  }
}

function makeDirectory(directory: string): void {
  try {
    makeDirectoryDurably(directory);
  } catch (cause) {
    throw new PromontoryError(`cannot make ${directory}: ${errorMessage(cause)}`, {
      code: ERR_STORE_WRITE,
      kind: 'unavailable',
      context: { directory },
      cause,
    });
  }
}

async function takeByAbstractSocket(directory: string): Promise<() => Promise<void>> {
  const descriptor = openSync(directory, 'r');
  let gate: LockSocket | null = null;
  try {
    gate = await passGate(directory, descriptor);
    const socket = await takeSocket(directory, `/proc/self/fd/${descriptor}/${SOCKET_NAME}`);
    const passed = gate;
    return async () => {
      await socket.close();
      await passed.close();
      closeSync(descriptor);
    };
  } catch (error) {
    await gate?.close();
    closeSync(descriptor);
    throw error;
  }
}

async function passGate(directory: string, descriptor: number): Promise<LockSocket> {
  const { dev, ino } = fstatSync(descriptor, { bigint: true });
  const name = `\0promontory-${dev}-${ino}`;
  for (let attempt = 0; attempt < GATE_ATTEMPTS_MAX; attempt++) {
    const gate = await LockSocket.tryListen(name);
    if (gate !== null) return gate;
    const holder = await LockSocket.askHolder(name);
    if (holder !== null) throw lockedError(directory, holder);
    // Bound but not listening yet, or gone since.
    await delay(GATE_ATTEMPT_MS);
  }
  throw lockedError(directory, 'unknown');
}

async function takeByFile(directory: string): Promise<() => Promise<void>> {
  const path = shorterPath(join(directory, SOCKET_NAME));
  if (Buffer.byteLength(path) > SOCKET_PATH_BYTES_MAX) {
    throw new PromontoryError(
      `cannot lock ${directory}: the path of its socket has more than ${SOCKET_PATH_BYTES_MAX} bytes; choose a shorter one`,
      { code: ERR_STORE_LOCKED, kind: 'bad-data', context: { directory } },
    );
  }
  const taking = join(directory, TAKING_NAME);
  await makeTakingFile(directory, taking);
  try {
    const socket = await takeSocket(directory, path);
    return () => socket.close();
  } finally {
    await unlink(taking);
  }
}

async function makeTakingFile(directory: string, path: string): Promise<void> {
  for (let attempt = 0; attempt < GATE_ATTEMPTS_MAX; attempt++) {
    try {
      const file = await open(path, 'wx');
      await file.close();
      return;
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    }
    await delay(GATE_ATTEMPT_MS);
  }
  throw new PromontoryError(
    `cannot lock ${directory}: another process is taking it, or died while it did; remove ${path} when there is none`,
    { code: ERR_STORE_LOCKED, kind: 'unavailable', context: { directory } },
  );
}

function shorterPath(absolute: string): string {
  const fromHere = relative(process.cwd(), absolute);
  return Buffer.byteLength(fromHere) < Buffer.byteLength(absolute) ? fromHere : absolute;
}

/** Behind the gate only: replaces the socket file of a process that is gone. */
async function takeSocket(directory: string, path: string): Promise<LockSocket> {
  const holder = await LockSocket.askHolder(path);
  if (holder !== null) throw lockedError(directory, holder);
  await unlink(path).catch(() => undefined);
  const socket = await LockSocket.tryListen(path);
  if (socket === null) throw lockedError(directory, 'unknown');
  return socket;
}

function lockedError(directory: string, holder: string): PromontoryError {
  return new PromontoryError(
    `cannot open ${directory}: it is in use by process ${holder}; stop that process or choose another directory`,
    { code: ERR_STORE_LOCKED, kind: 'unavailable', context: { directory, holder } },
  );
}
