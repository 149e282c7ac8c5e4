/** A process of the lock's own test: at a time given, tries to lock a directory, says how that went, and stays. */
import { setInterval } from 'node:timers';
import { errorCode, systemClock } from '@promontory/base';
import { DirectoryLock, type LockGate } from './directory-lock.ts';

const [directory = '', gate = '', startMs = '0'] = process.argv.slice(2);
while (systemClock.nowMs() < Number(startMs));
try {
  await DirectoryLock.acquire(directory, gate as LockGate);
  process.stdout.write('locked\n');
} catch (error) {
  process.stdout.write(`${errorCode(error)}\n`);
}
setInterval(() => undefined, 60_000);
