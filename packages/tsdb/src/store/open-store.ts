/** Opens the main environment for its writer, after a look at what LMDB would trust. */
import { join } from 'node:path';
import { PromontoryError } from '@promontory/base';
import { ERR_STORE_CORRUPT } from '../error-codes.ts';
import { checkLmdbFile } from './lmdb-file-check.ts';
import { MAIN_FOLDER, Store } from './store.ts';

/** @throws PromontoryError ERR_STORE_CORRUPT, ERR_STORE_WRITE */
export function openStore(databaseDirectory: string): Store {
  const path = join(databaseDirectory, MAIN_FOLDER);
  const damage = checkLmdbFile(path);
  if (damage === null) return new Store(databaseDirectory);
  const where = damage.page === null ? '' : ` in page ${damage.page}`;
  throw new PromontoryError(
    `cannot open ${path}: its data file is damaged${where}: ${damage.reason}; restore a backup`,
    {
      code: ERR_STORE_CORRUPT,
      kind: 'corrupt',
      context: { path, ...(damage.page !== null && { page: damage.page }) },
    },
  );
}
