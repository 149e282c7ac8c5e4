/** The 32 random bytes that secrets are encrypted with, in a file that only the owner may read. */
import { randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';
import { errorCode, errorMessage, PromontoryError } from '@promontory/base';
import { replaceFile } from './atomic-file.ts';
import { ERR_SECRET_KEY } from './error-codes.ts';

export const SECRET_KEY_BYTES = 32;
const OTHERS_PERMISSIONS = 0o077;

/** @throws PromontoryError ERR_SECRET_KEY, and what the file system throws */
export async function createSecretKey(path: string): Promise<Buffer> {
  const secretKey = randomBytes(SECRET_KEY_BYTES);
  await replaceFile(path, secretKey);
  return secretKey;
}

/**
 * @returns null when there is no such file
 * @throws PromontoryError ERR_SECRET_KEY when it is not 32 bytes, cannot be read, or others could read it
 */
export async function readSecretKey(path: string): Promise<Buffer | null> {
  try {
    const file = await open(path, 'r');
    try {
      const { mode } = await file.stat();
      if ((mode & OTHERS_PERMISSIONS) !== 0) throw tooOpen(path, mode);
      return checkLength(path, await file.readFile());
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return null;
    if (cause instanceof PromontoryError) throw cause;
    throw secretKeyError(`cannot read secret key ${path}: ${errorMessage(cause)}`, cause);
  }
}

function checkLength(path: string, bytes: Buffer): Buffer {
  if (bytes.length === SECRET_KEY_BYTES) return bytes;
  throw secretKeyError(`cannot use secret key ${path}: got ${bytes.length} bytes, want ${SECRET_KEY_BYTES}`);
}

function tooOpen(path: string, mode: number): PromontoryError {
  const permissions = (mode & 0o777).toString(8).padStart(4, '0');
  return secretKeyError(
    `cannot use secret key ${path}: others may read or change it; got mode ${permissions}, want 0600 (chmod 600)`,
  );
}

export function secretKeyError(message: string, cause?: unknown): PromontoryError {
  return new PromontoryError(message, { code: ERR_SECRET_KEY, kind: 'unavailable', cause });
}
