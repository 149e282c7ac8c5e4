import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LmdbEnvironment, type LmdbSnapshot } from './lmdb-environment.ts';

let directory = '';
let environment: LmdbEnvironment;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'promontory-lmdb-'));
  LmdbEnvironment.createIfMissing(join(directory, 'e'), ['table']);
  environment = new LmdbEnvironment(join(directory, 'e'));
});

afterEach(async () => {
  await environment.close();
  rmSync(directory, { recursive: true, force: true });
});

const KEY = Buffer.from('key');

/** Writes in one go, as a worker does whose event loop does not turn. */
function fileBytesAfterWrites(): number {
  const table = environment.table('table');
  for (let round = 0; round < 50; round++)
    environment.writeDurably(() => table.put(KEY, Buffer.alloc(50_000, round)));
  return statSync(join(directory, 'e', 'data.mdb')).size;
}

describe('snapshots', () => {
  it('pin pages while they are open and not after, though the event loop does not turn', () => {
    const first = fileBytesAfterWrites();
    const snapshot = environment.openSnapshot();
    const pinned = fileBytesAfterWrites();
    snapshot.close();
    fileBytesAfterWrites();
    expect(pinned).toBeGreaterThan(2 * first);
    expect(fileBytesAfterWrites()).toBe(pinned);
  });

  it('of the reads of another opener are let go by `releaseReads`', async () => {
    const other = new LmdbEnvironment(join(directory, 'e'));
    const first = fileBytesAfterWrites();
    other.table('table').get(KEY);
    other.releaseReads();
    expect(fileBytesAfterWrites()).toBeLessThan(2 * first);
    await other.close();
  });
});

describe('reads without a snapshot', () => {
  it('see at once what this thread committed', () => {
    const table = environment.table('table');
    for (let round = 0; round < 10; round++) {
      environment.writeDurably(() => table.put(KEY, Buffer.of(round)));
      expect(table.get(KEY)?.[0]).toBe(round);
    }
  });

  it('pin no pages: the file does not grow with every transaction', () => {
    const table = environment.table('table');
    const fileBytes = (): number => statSync(join(directory, 'e', 'data.mdb')).size;
    const write = (): void => {
      for (let round = 0; round < 50; round++) {
        environment.writeDurably(() => table.put(KEY, Buffer.alloc(50_000, round)));
        table.get(KEY);
      }
    };
    write();
    const first = fileBytes();
    write();
    expect(fileBytes()).toBe(first);
  });
});

it('more snapshots than LMDB has slots for are refused with a code, until one is closed', async () => {
  const building = join(directory, 'building');
  mkdirSync(building);
  const environment = new LmdbEnvironment(building, 'building');
  const table = environment.rootTable();
  const open: LmdbSnapshot[] = [];
  const openAnother = (): void => {
    environment.writeUnsynced(() => table.put(Buffer.of(1), Buffer.of(open.length & 0xff)));
    open.push(environment.openSnapshot());
  };
  const openMany = (): void => {
    for (let count = 0; count < 1000; count++) openAnother();
  };
  expect(openMany).toThrow(expect.objectContaining({ code: 'ERR_STORE_READ', kind: 'unavailable' }));
  expect(open.length).toBeGreaterThan(100);
  open.pop()?.close();
  openAnother();
  for (const snapshot of open) snapshot.close();
  await environment.close();
});
