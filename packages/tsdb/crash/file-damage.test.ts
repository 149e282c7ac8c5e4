/**
 * Damages the files of a database that has everything in it. What is read then is what was written, or less and a
 * report, or the open is refused by code; never a wrong value, and never the end of the process.
 * PROMONTORY_DAMAGE_ROUNDS sets how often, PROMONTORY_FUZZ_SEED from where.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '@promontory/base';
import { openTsdb } from '../src/index.ts';
import { CRASH_LIMITS } from './crash-limits.ts';
import { listDatabaseFiles } from './file-damage.ts';
import { appendWrite, makeWrite, type Workload } from './workload.ts';

const ROUNDS = Number(process.env['PROMONTORY_DAMAGE_ROUNDS'] ?? 120);
const SEED = Number(process.env['PROMONTORY_FUZZ_SEED'] ?? 20_261_121);
const WRITES = 34;
/** The last ones are in the log only. */
const WRITES_MAINTAINED = 30;
const PROCESS = join(import.meta.dirname, 'damage-process.ts');

let directory = '';

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'promontory-damage-'));
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function writeTemplate(path: string, workload: Workload): Promise<void> {
  const tsdb = await openTsdb({ directory: path, limits: CRASH_LIMITS });
  for (let write = 0; write < WRITES; write++) {
    const appender = tsdb.appender();
    appendWrite(appender, makeWrite(workload, write));
    await appender.commit();
    if (write < WRITES_MAINTAINED) while (await tsdb.maintain());
  }
  await tsdb.close();
}

interface Outcomes {
  readonly equal: number;
  readonly less: number;
  readonly refused: number;
  /** What went wrong, with its damage. */
  readonly faults: readonly string[];
}

function damageAndRead(template: string, workload: Workload): Outcomes {
  const counts = new Map<string, number>();
  const faults: string[] = [];
  for (let round = 0; round < ROUNDS;) {
    const numbers = [workload.seed, workload.startMs, WRITES, SEED, round, ROUNDS - round];
    const run = spawnSync(process.execPath, [PROCESS, template, directory, ...numbers.map(String)], {
      encoding: 'utf8',
    });
    let damage = '';
    for (const line of run.stdout.split('\n')) {
      const [, kind, number, text = ''] = /^(round|result) (\d+) (.*)$/.exec(line) ?? [];
      if (kind === undefined) continue;
      round = Number(number) + 1;
      if (kind === 'round') damage = text;
      else if (text.startsWith('fault')) faults.push(`round ${number}, ${damage}: ${text}`);
      else counts.set(text, (counts.get(text) ?? 0) + 1);
      if (kind === 'result') damage = '';
    }
    if (damage !== '') faults.push(`${damage}: the process ended by ${run.signal ?? run.status}`);
    else if (run.status !== 0) throw new Error(run.stderr);
  }
  const count = (kind: string): number => counts.get(kind) ?? 0;
  return { equal: count('equal'), less: count('less'), refused: count('refused'), faults };
}

describe('a database with damaged files', () => {
  it(
    'answers what is intact, says what is lost, and takes writes',
    async () => {
      const template = join(directory, 'template');
      const workload = { seed: SEED, startMs: systemClock.nowMs() - 3600 * 1000 };
      await writeTemplate(template, workload);
      const files = listDatabaseFiles(template).map((path) => path.replace(/\d{10}/, 'N'));
      expect(new Set(files)).toEqual(
        new Set(['main/data.mdb', 'log/N/data.mdb', 'blocks/N/data.mdb', 'blocks/N/seal']),
      );
      const { equal, less, refused, faults } = damageAndRead(template, workload);
      expect(faults).toEqual([]);
      expect(equal).toBeGreaterThan(ROUNDS / 20);
      expect(less).toBeGreaterThan(ROUNDS / 20);
      expect(refused).toBeGreaterThan(0);
    },
    60_000 + ROUNDS * 1000,
  );
});
