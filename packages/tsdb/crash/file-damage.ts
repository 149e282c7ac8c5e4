/** Damage to the files of a database, drawn from a seed: flipped bits, truncated and missing files. */
import { readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SeededRandom } from '@promontory/base';

const PAGE_BYTES = 4096;
/** Headers and node offsets lie at the start of a page, and so do the fields of LMDB's two meta pages. */
const PAGE_START_BYTES = 200;
const META_PAGES = 2;

export interface FileDamage {
  /** Relative to the database's folder. */
  readonly file: string;
  readonly what: string;
  readonly apply: (databaseDirectory: string) => void;
}

/** The files of the database, sorted; lock.mdb, which LMDB makes anew, is left out. */
export function listDatabaseFiles(databaseDirectory: string): string[] {
  return readdirSync(databaseDirectory, { recursive: true, encoding: 'utf8' })
    .filter((path) => statSync(join(databaseDirectory, path)).isFile() && !path.endsWith('lock.mdb'))
    .sort();
}

export function drawDamage(random: SeededRandom, databaseDirectory: string): FileDamage {
  const files = listDatabaseFiles(databaseDirectory);
  const file = files[random.nextInt(files.length)] ?? '';
  const { size } = statSync(join(databaseDirectory, file));
  const kind = random.nextInt(20);
  if (kind === 0) {
    return { file, what: 'removed', apply: (directory) => rmSync(join(directory, file)) };
  }
  if (kind < 4) {
    const bytes = random.nextInt(size);
    const apply = (directory: string): void => truncateSync(join(directory, file), bytes);
    return { file, what: `cut to ${bytes} of ${size} bytes`, apply };
  }
  const at = drawPosition(random, size);
  const bit = random.nextInt(8);
  return {
    file,
    what: `bit ${bit} of byte ${at}`,
    apply: (directory) => flip(join(directory, file), at, bit),
  };
}

function drawPosition(random: SeededRandom, size: number): number {
  const kind = random.nextInt(6);
  const page = kind === 0 ? random.nextInt(META_PAGES) : random.nextInt(Math.ceil(size / PAGE_BYTES));
  const isAtStart = kind < 3;
  return Math.min(size - 1, page * PAGE_BYTES + random.nextInt(isAtStart ? PAGE_START_BYTES : PAGE_BYTES));
}

function flip(path: string, at: number, bit: number): void {
  const bytes = readFileSync(path);
  bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << bit), at);
  writeFileSync(path, bytes);
}
