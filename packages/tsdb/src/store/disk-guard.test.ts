import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { errorCode } from '@promontory/base';
import { ERR_DISK_FULL } from '../error-codes.ts';
import { DiskGuard, freeDiskBytes } from './disk-guard.ts';

describe('DiskGuard', () => {
  it.each([
    [1000, 100, 900, true],
    [1000, 100, 901, false],
    [100, 100, 0, true],
    [99, 100, 0, false],
    [0, 0, 0, true],
    [9, 0, 10, false],
  ])('%d bytes free, %d in reserve: writing %d is allowed: %s', (free, reserve, bytes, isAllowed) => {
    const guard = new DiskGuard('/somewhere', reserve, () => free);
    expect(guard.roomBytes() >= bytes).toBe(isAllowed);
    let code: string | undefined;
    try {
      guard.mustHaveRoom(bytes);
    } catch (error) {
      code = errorCode(error);
    }
    expect(code).toBe(isAllowed ? undefined : ERR_DISK_FULL);
  });

  it('asks the file system', () => {
    expect(freeDiskBytes(tmpdir())).toBeGreaterThan(0);
    expect(() => new DiskGuard(tmpdir(), Number.MAX_SAFE_INTEGER).mustHaveRoom(1)).toThrow(/free space/);
  });
});
