/**
 * Opens a database, writes to it, and backs it up until that succeeds; says on a line each how a backup ended.
 *
 * Arguments: directory, folder for the backup, time of write 0, number of writes before it.
 */
import { existsSync, readdirSync, writeSync } from 'node:fs';
import { errorCode } from '@promontory/base';
import { openTsdb } from '../src/index.ts';
import { CRASH_LIMITS } from './crash-limits.ts';
import { appendWrite, makeWrite } from './workload.ts';

const ATTEMPTS_MAX = 10;

const [directory = '', target = '', startMs = '0', writes = '1'] = process.argv.slice(2);
const workload = { seed: 1, startMs: Number(startMs) };
const tsdb = await openTsdb({ directory, limits: CRASH_LIMITS });
for (let write = 0; write < Number(writes); write++) await append(write);
for (let attempt = 0; attempt < ATTEMPTS_MAX && !(await tryBackUp()); attempt++);
await append(Number(writes));
await tsdb.close();

async function append(write: number): Promise<void> {
  const appender = tsdb.appender();
  appendWrite(appender, makeWrite(workload, write));
  await appender.commit();
  while (await tsdb.maintain());
}

async function tryBackUp(): Promise<boolean> {
  try {
    await tsdb.backup(target);
    writeSync(1, 'made\n');
    return true;
  } catch (error) {
    const left = existsSync(target) ? readdirSync(target).length : 0;
    writeSync(1, `failed ${errorCode(error) ?? String(error)}, ${left} left\n`);
    return false;
  }
}
