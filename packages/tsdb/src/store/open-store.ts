/** Opens the main environment for its writer, after a look at what LMDB would trust. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PromontoryError } from '@promontory/base';
import { ERR_STORE_CORRUPT } from '../error-codes.ts';
import { checkLmdbFile } from './lmdb-file-check.ts';
import type { LmdbFileDamage } from './page-file.ts';
import { MAIN_FOLDER, Store, TABLE_NAMES } from './store.ts';

/**
 * @param dependentFolders below the database's folder; they are made after the main environment
 * @throws PromontoryError ERR_STORE_CORRUPT, ERR_STORE_WRITE
 */
export function openStore(databaseDirectory: string, dependentFolders: readonly string[]): Store {
  const path = join(databaseDirectory, MAIN_FOLDER);
  const damage = existsSync(path)
    ? checkLmdbFile(path, TABLE_NAMES)
    : findOrphans(databaseDirectory, dependentFolders);
  if (damage === null) return new Store(databaseDirectory);
  const where = damage.page === null ? '' : ` in page ${damage.page}`;
  throw new PromontoryError(
    `cannot open ${path}: it is damaged${where}: ${damage.reason}; restore a backup`,
    {
      code: ERR_STORE_CORRUPT,
      kind: 'corrupt',
      context: { path, ...(damage.page !== null && { page: damage.page }) },
    },
  );
}

/** A new main environment would disown what is there, and have it deleted. */
function findOrphans(databaseDirectory: string, folders: readonly string[]): LmdbFileDamage | null {
  const orphans = folders.filter((folder) => existsSync(join(databaseDirectory, folder)));
  return orphans.length === 0
    ? null
    : { page: null, reason: `it is missing, and there is ${orphans.join(', ')}` };
}
