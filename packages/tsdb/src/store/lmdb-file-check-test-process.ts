/**
 * Flips bytes of a copy of an environment and reads everything of those that the check calls sound. LMDB would
 * end the process should the check have missed something, hence a process of its own.
 *
 * Arguments: source directory, work directory, seed, flips. Prints how many flips were found damaging.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SeededRandom } from '@promontory/base';
import { LmdbEnvironment } from './lmdb-environment.ts';
import { checkLmdbFile } from './lmdb-file-check.ts';

const [source = '', work = '', seed = '1', flips = '1'] = process.argv.slice(2);
const random = new SeededRandom(Number(seed));
const original = readFileSync(join(source, 'data.mdb'));
const file = join(work, 'data.mdb');
let found = 0;
for (let flip = 0; flip < Number(flips); flip++) {
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  const bytes = Buffer.from(original);
  const page = random.nextInt(bytes.length / 4096);
  // Headers and node offsets lie at the start of a page: half of the flips go there.
  const at = page * 4096 + random.nextInt(random.nextInt(2) === 0 ? 64 : 4096);
  bytes[at]! ^= 1 << random.nextInt(8);
  writeFileSync(file, bytes);
  if (checkLmdbFile(work, ['small', 'large']) !== null) found++;
  else await readAll(work);
}
process.stdout.write(`${found}\n`);

async function readAll(directory: string): Promise<void> {
  const environment = new LmdbEnvironment(directory);
  for (const name of ['small', 'large']) {
    for (const { value } of environment.table(name).range(Buffer.alloc(0), Buffer.alloc(8, 0xff)))
      value.at(-1);
  }
  await environment.close();
}
