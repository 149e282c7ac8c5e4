/**
 * Registers series in rounds and abandons them; after each round prints what the database costs then, as JSON.
 * Needs --expose-gc.
 *
 * Arguments: directory, rounds, series a round.
 */
import { readdirSync, readFileSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { assert, ManualClock } from '@promontory/base';
import { Labels } from '@promontory/model';
import { openTsdb, type Tsdb } from '../src/index.ts';

const MINUTE_MS = 60_000;
const ROUND_MS = 40 * MINUTE_MS;
const SAMPLES_PER_SERIES = 3;

export interface ChurnCosts {
  readonly residentBytes: number;
  readonly diskBytes: number;
  readonly mainBytes: number;
  readonly seriesCount: number;
  readonly seriesDropped: number;
}

const [directory = '', rounds = '1', seriesPerRound = '1'] = process.argv.slice(2);
const clock = new ManualClock(1_763_700_000_000);
const limits = { retentionMs: 3 * ROUND_MS, seriesIdleMs: 20 * MINUTE_MS, waitingSeriesMax: 2000 };
const tsdb = await openTsdb({ directory, clock, limits });
for (let round = 0; round < Number(rounds); round++) {
  await sendNewSeries(tsdb, round);
  clock.advance(ROUND_MS);
  while (await tsdb.maintain());
  writeSync(1, `${JSON.stringify(costs(tsdb))}\n`);
}
await tsdb.close();

async function sendNewSeries(database: Tsdb, round: number): Promise<void> {
  for (let sample = 0; sample < SAMPLES_PER_SERIES; sample++) {
    const appender = database.appender();
    for (let series = 0; series < Number(seriesPerRound); series++) {
      const pod = `pod-${round}-${series}`;
      const labels = Labels.fromObject({
        __name__: `metric_${series % 50}`,
        namespace: `${series % 7}`,
        pod,
      });
      appender.append(labels, clock.nowMs(), series);
    }
    await appender.commit();
    clock.advance(15_000);
  }
}

function costs(database: Tsdb): ChurnCosts {
  assert(globalThis.gc !== undefined, 'the process was started with --expose-gc');
  globalThis.gc();
  const status = readFileSync('/proc/self/status', 'utf8');
  const kibibytes = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]);
  return {
    residentBytes: (kibibytes('RssAnon') + kibibytes('RssShmem')) * 1024,
    diskBytes: bytesBelow(directory),
    mainBytes: bytesBelow(join(directory, 'main')),
    seriesCount: database.cardinality({ topMax: 1 }).seriesCount,
    seriesDropped: database.statistics.seriesDropped,
  };
}

function bytesBelow(path: string): number {
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(join(path, name)))
    .filter((status) => status.isFile())
    .reduce((sum, { size }) => sum + size, 0);
}
