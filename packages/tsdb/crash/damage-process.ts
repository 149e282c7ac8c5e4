/**
 * Damages copies of a database, one way each, and looks at what opening, reading and writing make of it. In a
 * process of its own: LMDB may end it.
 *
 * Arguments: template directory, work directory, seed of the workload, time of write 0, writes in the template, seed,
 * first round, rounds. Prints the damage of each round before it is done, and what became of it after.
 */
import { cpSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode, SeededRandom } from '@promontory/base';
import { Labels } from '@promontory/model';
import { errorCodes, openTsdb, type Tsdb } from '../src/index.ts';
import { EVER, readContents, readSelected, type StoredContents } from '../src/model-fuzz/stored-contents.ts';
import { differencesBeyondLoss, lossCount } from './check-contents.ts';
import { CRASH_LIMITS } from './crash-limits.ts';
import { drawDamage } from './file-damage.ts';
import { ExpectedContents } from './workload.ts';

const MAINTENANCE_STEPS_MAX = 200;
const NEW_SERIES = Labels.fromObject({ __name__: 'after_damage' });
const KNOWN_SERIES = Labels.fromObject({ __name__: 'crash_lasting', series: '1', job: 'job-1' });
const OPEN_ERRORS: readonly (string | undefined)[] = [
  errorCodes.ERR_STORE_CORRUPT,
  errorCodes.ERR_STORE_FORMAT_VERSION,
];

const [
  template = '',
  work = '',
  workloadSeed = '',
  startMs = '',
  writes = '',
  seed = '',
  first = '',
  count = '',
] = process.argv.slice(2);
const expected = new ExpectedContents({ seed: Number(workloadSeed), startMs: Number(startMs) }).after(
  Number(writes),
);
for (let round = Number(first); round < Number(first) + Number(count); round++) await runRound(round);

async function runRound(round: number): Promise<void> {
  const directory = join(work, 'damaged');
  rmSync(directory, { recursive: true, force: true });
  cpSync(template, directory, { recursive: true });
  const damage = drawDamage(new SeededRandom(Number(seed) + round), template);
  damage.apply(directory);
  say(`round ${round} ${damage.file}: ${damage.what}`);
  try {
    say(`result ${round} ${await outcomeOf(directory, damage.file)}`);
  } catch (error) {
    const text = error instanceof Error ? `${error.message}\n${error.stack}` : String(error);
    say(`result ${round} fault ${errorCode(error) ?? 'untyped'} ${text.replaceAll('\n', ' | ')}`);
  }
}

async function outcomeOf(directory: string, file: string): Promise<string> {
  let tsdb: Tsdb;
  try {
    tsdb = await openTsdb({ directory, limits: CRASH_LIMITS });
  } catch (error) {
    if (file.startsWith('main') && OPEN_ERRORS.includes(errorCode(error))) return 'refused';
    throw error;
  }
  try {
    const before = mustBePart(tsdb, readContents(tsdb));
    await mustTakeWrites(tsdb);
    mustBePart(tsdb, withoutNew(readContents(tsdb)));
    return before === 0 ? 'equal' : 'less';
  } finally {
    await tsdb.close();
  }
}

/** @returns how much is lost */
function mustBePart(tsdb: Tsdb, actual: StoredContents): number {
  const wrong = differencesBeyondLoss(actual, expected);
  if (wrong.length > 0) throw new Error(`wrong: ${wrong.slice(0, 3).join('; ')}`);
  const lost = lossCount(actual, expected);
  if (lost > 0 && tsdb.damages.length === 0) throw new Error(`${lost} lost without a report`);
  return lost;
}

/** What is damaged is left out; everything else goes on. */
async function mustTakeWrites(tsdb: Tsdb): Promise<void> {
  const nowMs = Date.now();
  for (let round = 0; round < 3; round++) {
    const appender = tsdb.appender();
    appender.append(NEW_SERIES, nowMs + round, round);
    appender.append(KNOWN_SERIES, nowMs + round, round);
    const { samplesWritten } = await appender.commit();
    if (samplesWritten !== 2) throw new Error(`${samplesWritten} of 2 samples written`);
    await tsdb.flush();
    for (let step = 0; step < MAINTENANCE_STEPS_MAX && (await tsdb.maintain()); step++);
  }
  const contents = readSelected(tsdb, [], { ...EVER, rangeStartMsInclusive: nowMs });
  for (const labels of [NEW_SERIES, KNOWN_SERIES]) {
    const samples = contents.get(labels.toString());
    if (samples?.size !== 3) throw new Error(`${labels.toString()} has ${samples?.size} of 3 new samples`);
    samples.clear();
  }
}

function withoutNew(contents: StoredContents): StoredContents {
  contents.samples.delete(NEW_SERIES.toString());
  const known = contents.samples.get(KNOWN_SERIES.toString());
  const lastMs = Number(startMs) + Number(writes) * 1000;
  for (const timestampMs of known?.keys() ?? []) if (timestampMs > lastMs) known?.delete(timestampMs);
  return contents;
}

/** Synchronous: what was said before the process ended is read. */
function say(line: string): void {
  writeSync(1, `${line}\n`);
}
