/**
 * The log: one LMDB environment a head generation, `log/<generation>/`, sequence → record. It holds exactly
 * the samples of that generation; when the generation is in blocks, its environment is deleted whole, so the
 * log leaves no free pages behind.
 */
import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from '@promontory/base';
import type { OnDamage } from '../store/damage.ts';
import { DATA_FILE } from '../store/environment-seal.ts';
import { checkLmdbFile } from '../store/lmdb-file-check.ts';
import { LmdbEnvironment, type LmdbTable } from '../store/lmdb-environment.ts';
import { KEY_END, KEY_START, sequenceKey } from '../store/keys.ts';

export const LOG_FOLDER = 'log';
const GENERATION_DIGITS = 10;
export const RECORDS_TABLE = 'records';
export const MISSING_LOG = 'it is missing';
export const STRANGE_LOG =
  'the database has not come to its number: it belongs to another state or another database';
const ASIDE_SUFFIX = '.damaged';

/** What a commit outlives: `disk` a loss of power, `process` only the end of the process. */
export type Durability = 'disk' | 'process';

export class Log {
  readonly generation: number;
  /** Bytes of records written since this log was opened or made. */
  bytesWritten = 0;
  readonly #directory: string;
  readonly #environment: LmdbEnvironment;
  readonly #records: LmdbTable;
  #nextSequence = 0;
  #closed = false;

  /** Opens the generation's log, making it when it is not there. */
  constructor(parentDirectory: string, generation: number, durability: Durability) {
    this.generation = generation;
    this.#directory = logPath(parentDirectory, generation);
    LmdbEnvironment.createIfMissing(this.#directory, [RECORDS_TABLE]);
    this.#environment = new LmdbEnvironment(this.#directory, durability === 'disk' ? 'durable' : 'unsynced');
    this.#records = this.#environment.table(RECORDS_TABLE);
  }

  /** Every record in order. Afterwards the log appends behind the last one. */
  *replay(): Generator<{ record: Buffer; sequence: number }> {
    for (const { key, value } of this.#records.range(KEY_START, KEY_END)) {
      const sequence = key.readUIntBE(0, 6);
      this.#nextSequence = sequence + 1;
      this.bytesWritten += value.length;
      yield { record: value, sequence };
    }
  }

  /**
   * Appends the records in one transaction and returns when they are as durable as the log is.
   *
   * @throws PromontoryError ERR_STORE_WRITE; nothing was appended then
   */
  appendDurably(records: readonly Buffer[]): void {
    assert(!this.#closed, 'log is open');
    this.#environment.writeDurably(() => {
      for (const [index, record] of records.entries()) {
        this.#records.put(sequenceKey(this.#nextSequence + index), record);
      }
    });
    this.#nextSequence += records.length;
    for (const record of records) this.bytesWritten += record.length;
  }

  /** Length of the data file in use. */
  bytesUsed(): number {
    return this.#environment.bytesUsed();
  }

  /**
   * Copies what is committed into a folder of other logs, under the same name.
   *
   * @returns the path of the copy
   * @throws PromontoryError ERR_BACKUP_WRITE
   */
  async copyTo(parentDirectory: string): Promise<string> {
    const path = logPath(parentDirectory, this.generation);
    await this.#environment.copyTo(path);
    return path;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#environment.close();
  }

  /** Closes the log and deletes its files. Its samples must be in blocks on disk. */
  async delete(): Promise<void> {
    await this.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

export function logPath(parentDirectory: string, generation: number): string {
  return join(parentDirectory, String(generation).padStart(GENERATION_DIGITS, '0'));
}

/** What is known of the logs of a database when it is opened or verified. */
export interface LogsExpected {
  /** From the generation after those in blocks up to the newest with a log. */
  readonly generations: readonly number[];
  /**
   * Those of them without a log's file: a log is made before the first sample of its generation is taken, and before an
   * earlier one counts as flushed, so that one that is missing was lost.
   */
  readonly missing: readonly number[];
  /** Logs of generations that the database cannot have come to: they are not of this state of it. */
  readonly strange: readonly number[];
}

/**
 * @param generationsMax how many may be live at a time
 * @param hasSeries whether the database ever got a series: without one, it may have been made just now
 */
export function expectLogs(
  parentDirectory: string,
  flushedGeneration: number,
  generationsMax: number,
  hasSeries: boolean,
): LogsExpected {
  const first = flushedGeneration + 1;
  const present = listLogGenerations(parentDirectory).filter((generation) => generation >= first);
  const live = present.filter((generation) => generation < first + generationsMax);
  const hasFile = (generation: number): boolean =>
    existsSync(join(logPath(parentDirectory, generation), DATA_FILE));
  const count = Math.max(1, (live.at(-1) ?? first) - first + 1);
  const generations = Array.from({ length: count }, (_, index) => first + index);
  return {
    generations,
    missing: hasSeries ? generations.filter((generation) => !hasFile(generation)) : [],
    strange: present.slice(live.length),
  };
}

/** The generations that have a log, ascending. */
export function listLogGenerations(parentDirectory: string): number[] {
  if (!existsSync(parentDirectory)) return [];
  return readdirSync(parentDirectory)
    .filter((name) => /^\d{10}$/.test(name) && statSync(join(parentDirectory, name)).isDirectory())
    .map(Number)
    .sort((left, right) => left - right);
}

export function deleteLog(parentDirectory: string, generation: number): void {
  rmSync(logPath(parentDirectory, generation), { recursive: true, force: true });
}

/** Moves a log whose file LMDB could not be trusted with aside: its samples are lost, and the generation starts with an empty log. */
export function quarantineDamagedLog(parentDirectory: string, generation: number, onDamage: OnDamage): void {
  const damage = checkLmdbFile(logPath(parentDirectory, generation), [RECORDS_TABLE]);
  if (damage === null) return;
  const page = damage.page === null ? '' : `, page ${damage.page}`;
  putLogAside(parentDirectory, generation, page, damage.reason, onDamage);
}

/** Moves a log that `expectLogs` calls strange aside: the database may come to its number later. */
export function quarantineStrangeLog(parentDirectory: string, generation: number, onDamage: OnDamage): void {
  putLogAside(parentDirectory, generation, '', STRANGE_LOG, onDamage);
}

function putLogAside(
  parentDirectory: string,
  generation: number,
  page: string,
  reason: string,
  onDamage: OnDamage,
): void {
  const path = logPath(parentDirectory, generation);
  const aside = `${path}${ASIDE_SUFFIX}`;
  rmSync(aside, { recursive: true, force: true });
  renameSync(path, aside);
  onDamage({ what: 'log', where: `log ${generation}${page}, kept as ${aside}`, reason });
}

/** Reports the logs that were put aside as damaged before and are still there: who looked at them deletes them. */
export function reportLogsAside(parentDirectory: string, onDamage: OnDamage): void {
  if (!existsSync(parentDirectory)) return;
  for (const name of readdirSync(parentDirectory)) {
    if (!name.endsWith(ASIDE_SUFFIX)) continue;
    const path = join(parentDirectory, name);
    const file = join(path, DATA_FILE);
    const bytes = existsSync(file) ? statSync(file).size : 0;
    onDamage({
      what: 'log',
      where: `log ${Number.parseInt(name)}, kept as ${path}`,
      reason: `it was put aside earlier and takes ${bytes} bytes; delete the folder once nobody needs it`,
    });
  }
}
