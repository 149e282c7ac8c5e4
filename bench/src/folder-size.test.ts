import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { folderSize } from './folder-size.ts';

it('counts lengths and disk blocks of all files below, holes only as length', () => {
  const folder = mkdtempSync(join(tmpdir(), 'folder-size-'));
  try {
    mkdirSync(join(folder, 'a', 'b'), { recursive: true });
    const before = folderSize(folder);
    writeFileSync(join(folder, 'a', 'b', 'full'), Buffer.alloc(100_000, 1));
    writeFileSync(join(folder, 'a', 'hole'), '');
    truncateSync(join(folder, 'a', 'hole'), 10_000_000);
    const after = folderSize(folder);
    expect(before.apparentBytes).toBe(0);
    expect(after.apparentBytes).toBe(10_100_000);
    const grownBytes = after.allocatedBytes - before.allocatedBytes;
    expect(grownBytes).toBeGreaterThanOrEqual(100_000);
    expect(grownBytes).toBeLessThan(1_000_000);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
