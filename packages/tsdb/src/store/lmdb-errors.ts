/** What LMDB and the system throw, as errors with our codes. */
import { errorCode, errorMessage, PromontoryError } from '@promontory/base';
import { ERR_STORE_CORRUPT, ERR_STORE_FAILED, ERR_STORE_READ, ERR_STORE_WRITE } from '../error-codes.ts';

export function failedError(directory: string, cause: unknown): PromontoryError {
  return new PromontoryError(
    `cannot commit to ${directory}: ${errorMessage(cause)}; LMDB takes no more writes until the database is opened again`,
    { code: ERR_STORE_FAILED, kind: 'unavailable', cause },
  );
}

export function writeError(directory: string, cause: unknown): PromontoryError {
  if (cause instanceof PromontoryError) return cause;
  return new PromontoryError(`cannot commit to ${directory}: ${errorMessage(cause)}`, {
    code: ERR_STORE_WRITE,
    kind: 'unavailable',
    cause,
  });
}

/** Files that do not count any more could not be deleted. */
export function deletionError(directory: string, cause: unknown): PromontoryError {
  return new PromontoryError(
    `cannot delete files in ${directory} that are not needed any more: ${errorMessage(cause)}; it is tried again`,
    { code: ERR_STORE_WRITE, kind: 'unavailable', cause },
  );
}

/** LMDB's codes for a file that is not as it wrote it, and the system's for one that is not there. */
const DAMAGE_CODES: ReadonlySet<unknown> = new Set([
  -30797, // MDB_PAGE_NOTFOUND
  -30796, // MDB_CORRUPTED
  -30793, // MDB_INVALID
  -30794, // MDB_VERSION_MISMATCH
  -30784, // MDB_INCOMPATIBLE
  2, // ENOENT
  'ENOENT',
  'ENOTDIR',
]);

const NO_ROOM_CODES: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EROFS']);

/** For what the system says while a database is opened or verified; errors that are not the system's stay as they are. */
export function openError(directory: string, cause: unknown): unknown {
  if (!(cause instanceof Error) || !('errno' in cause)) return cause;
  return new PromontoryError(`cannot open ${directory}: ${errorMessage(cause)}`, {
    code: NO_ROOM_CODES.has(errorCode(cause)) ? ERR_STORE_WRITE : ERR_STORE_READ,
    kind: 'unavailable',
    cause,
  });
}

export function readError(what: string, cause: unknown): PromontoryError {
  if (cause instanceof PromontoryError) return cause;
  const code: unknown =
    typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  const isDamage = DAMAGE_CODES.has(code);
  return new PromontoryError(`cannot read ${what}: ${errorMessage(cause)}`, {
    code: isDamage ? ERR_STORE_CORRUPT : ERR_STORE_READ,
    kind: isDamage ? 'corrupt' : 'unavailable',
    cause,
  });
}
