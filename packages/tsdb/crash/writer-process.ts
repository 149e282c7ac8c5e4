/**
 * Opens a database and writes to it until it is killed, or for so many writes: one commit a write, the number
 * of acknowledged writes on a line each, background work in between.
 *
 * Arguments: directory, seed, time of write 0, first write, number of writes, durability.
 */
import { writeSync } from 'node:fs';
import { errorCode } from '@promontory/base';
import { errorCodes, openTsdb, type Tsdb } from '../src/index.ts';
import { CRASH_LIMITS } from './crash-limits.ts';
import { appendWrite, makeWrite, type Workload } from './workload.ts';

const EXIT_CANNOT_OPEN = 3;
const ATTEMPTS_MAX = 50;
const MAINTENANCE_STEPS_MAX = 3;

const [directory = '', seed = '1', startMs = '0', first = '0', count = '1', durability = 'disk'] =
  process.argv.slice(2);
const workload: Workload = { seed: Number(seed), startMs: Number(startMs) };
let tsdb = await openOrSay();
say('ready');
for (let write = Number(first); write < Number(first) + Number(count); write++) {
  await writeUntilDone(write);
  say(`acknowledged ${write + 1}`);
  for (let step = 0; step < MAINTENANCE_STEPS_MAX; step++) await maintain();
}
await tsdb.close();
say('closed');

async function openOrSay(): Promise<Tsdb> {
  try {
    return await openTsdb({
      directory,
      limits: CRASH_LIMITS,
      durability: durability === 'process' ? 'process' : 'disk',
    });
  } catch (error) {
    say(`cannot open ${errorCode(error) ?? String(error)}`);
    return process.exit(EXIT_CANNOT_OPEN);
  }
}

/** A sender repeats what was not acknowledged. */
async function writeUntilDone(write: number): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      const appender = tsdb.appender();
      appendWrite(appender, makeWrite(workload, write));
      const { rejections } = await appender.commit();
      if (rejections.length > 0) throw new Error(`rejected: ${JSON.stringify(rejections)}`);
      return;
    } catch (error) {
      say(`failed ${write} ${errorCode(error) ?? String(error)}`);
      if (attempt === ATTEMPTS_MAX) throw error;
      if (errorCode(error) === errorCodes.ERR_STORE_FAILED) await reopen();
    }
  }
}

async function reopen(): Promise<void> {
  await tsdb.close();
  tsdb = await openOrSay();
}

async function maintain(): Promise<void> {
  try {
    await tsdb.maintain();
  } catch (error) {
    say(`maintenance failed ${errorCode(error) ?? String(error)}`);
    if (errorCode(error) === errorCodes.ERR_STORE_FAILED) await reopen();
  }
}

/** Synchronous: a line that was said before the process was killed is read. */
function say(line: string): void {
  writeSync(1, `${line}\n`);
}
