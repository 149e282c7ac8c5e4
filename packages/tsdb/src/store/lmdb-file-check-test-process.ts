/**
 * Flips bits of a copy of an environment and reads everything of those that the check calls sound. LMDB would
 * end the process should the check have missed something, hence a process of its own.
 *
 * A single flipped bit that passes is in a value or in a key that stays in its place in the order, which the record's
 * own checksum finds, as it covers its key; or where it changes no answer: in the meta page that is not in use, a key
 * of a branch page that still parts the pages below, a list of free pages that becomes shorter, or free space.
 *
 * Arguments: source directory, work directory, seed, flips. Prints how many flips were found damaging.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { assert, SeededRandom } from '@promontory/base';
import { LmdbEnvironment } from './lmdb-environment.ts';
import { checkLmdbFile } from './lmdb-file-check.ts';

const TABLES = ['small', 'large', 'empty'];
const KEY_END = Buffer.alloc(8, 0xff);

/** Key → value, of each table. */
type Records = Map<string, Buffer>[];

/** A value with a checksum of its key and its bytes before them. */
export function sealWithKey(key: Buffer, bytes: Buffer): Buffer {
  const sealed = Buffer.concat([Buffer.alloc(4), bytes]);
  sealed.writeUInt32LE(crc32(bytes, crc32(key)));
  return sealed;
}

if (process.argv[1] === import.meta.filename) await flipAll();

async function flipAll(): Promise<void> {
  const [source = '', work = '', seed = '1', flips = '1'] = process.argv.slice(2);
  const random = new SeededRandom(Number(seed));
  const original = readFileSync(join(source, 'data.mdb'));
  writeWork(work, original);
  const wanted = await readAll(work);
  let found = 0;
  for (let flip = 0; flip < Number(flips); flip++) {
    const bytes = Buffer.from(original);
    const page = random.nextInt(bytes.length / 4096);
    // Headers and node offsets lie at the start of a page: half of the flips go there.
    const at = page * 4096 + random.nextInt(random.nextInt(2) === 0 ? 64 : 4096);
    bytes[at]! ^= 1 << random.nextInt(8);
    writeWork(work, bytes);
    if (checkLmdbFile(work, TABLES) !== null) found++;
    else mustBeWantedOrNamed(await readAll(work), wanted, at);
  }
  process.stdout.write(`${found}\n`);
}

function writeWork(work: string, bytes: Buffer): void {
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  writeFileSync(join(work, 'data.mdb'), bytes);
}

/** By walking each table; what a walk finds a lookup finds too. */
async function readAll(directory: string): Promise<Records> {
  const environment = new LmdbEnvironment(directory);
  const records = TABLES.map((name) => {
    const table = environment.table(name);
    const entries = [...table.range(Buffer.alloc(0), KEY_END)];
    for (const { key, value } of entries)
      assert(table.get(key)?.equals(value) === true, 'a key of a walk is found', {
        key: key.toString('hex'),
      });
    assert(entries.length === table.entryCount(), 'a walk has all entries');
    return new Map(entries.map(({ key, value }) => [key.toString('hex'), value]));
  });
  await environment.close();
  return records;
}

/** As many records as there were, and each the same or one that its checksum does not match. */
function mustBeWantedOrNamed(records: Records, wanted: Records, at: number): void {
  for (const [index, table] of records.entries()) {
    const tableWanted = wanted[index]!;
    assert(table.size === tableWanted.size, 'no record is lost', { at, got: table.size });
    for (const [key, value] of table) {
      const isNamed = !sealWithKey(Buffer.from(key, 'hex'), value.subarray(4)).equals(value);
      assert(isNamed || tableWanted.get(key)?.equals(value) === true, 'a record is as written', { at, key });
    }
  }
}
