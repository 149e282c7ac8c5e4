import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eraseFailedCommit } from './failed-commit.ts';
import { LmdbEnvironment } from './lmdb-environment.ts';
import { sealWithKey } from './lmdb-file-check-test-process.ts';
import { checkLmdbFile } from './lmdb-file-check.ts';

const FLIPS = 400;
const TABLES = ['small', 'large', 'empty'];

let directory = '';
let source = '';
let work = '';

function numberKey(number: number): Buffer {
  const key = Buffer.alloc(4);
  key.writeUInt32BE(number);
  return key;
}

/** Trees of two levels and more, large values, free pages. */
async function buildEnvironment(path: string): Promise<void> {
  mkdirSync(path);
  const environment = new LmdbEnvironment(path);
  const small = environment.table('small');
  const large = environment.table('large');
  environment.table('empty');
  for (let round = 0; round < 6; round++) {
    environment.writeDurably(() => {
      for (let index = 0; index < 1500; index++) {
        const key = numberKey((index * 7919 + round) % 4001);
        small.put(key, sealWithKey(key, Buffer.alloc(20 + (index % 30), round)));
        if (index % 250 === 0) large.put(key, sealWithKey(key, Buffer.alloc(5000 + index, round)));
        if (index % 3 === 0) small.remove(numberKey((index * 31) % 4001));
      }
    });
  }
  await environment.close();
}

/** Offset of the meta data of the newest transaction. */
function newestMeta(bytes: Buffer): number {
  const isSecondNewer = bytes.readUInt32LE(4096 + 24 + 128) > bytes.readUInt32LE(24 + 128);
  return (isSecondNewer ? 4096 : 0) + 24;
}

/** Adds to the transaction of one of the meta pages. */
function addToTransaction(bytes: Buffer, which: 'newest' | 'older', difference: number): void {
  const at = (which === 'newest' ? newestMeta(bytes) : 4096 + 48 - newestMeta(bytes)) + 128;
  bytes.writeUInt32LE(bytes.readUInt32LE(at) + difference, at);
}

/** The root page of the tree of tables. */
function rootPage(bytes: Buffer): number {
  return bytes.readUInt32LE(newestMeta(bytes) + 24 + 48 + 40);
}

function pointerAt(page: number, index: number): number {
  return page * 4096 + 24 + 2 * index;
}

function nodeAt(bytes: Buffer, page: number, index: number): number {
  return page * 4096 + 24 + bytes.readUInt16LE(pointerAt(page, index));
}

/** The record of a table, in order of their names. */
function recordOf(bytes: Buffer, name: string): number {
  const index = TABLES.toSorted().indexOf(name);
  return nodeAt(bytes, rootPage(bytes), index) + 8 + `${name}\0`.length;
}

/** A branch page above leaves: that of `small` is the root of two levels. */
function branchPage(bytes: Buffer): number {
  expect(bytes.readUInt16LE(recordOf(bytes, 'small') + 6)).toBe(2);
  return bytes.readUInt32LE(recordOf(bytes, 'small') + 40);
}

/** The third leaf of `small`. */
function leafPage(bytes: Buffer): number {
  return bytes.readUInt32LE(nodeAt(bytes, branchPage(bytes), 2));
}

function largeValuePage(bytes: Buffer): number {
  const node = nodeAt(bytes, bytes.readUInt32LE(recordOf(bytes, 'large') + 40), 0);
  expect(bytes.readUInt16LE(node + 4)).toBe(1);
  return bytes.readUInt32LE(node + 8 + 4);
}

function swapFirstNodes(bytes: Buffer, page: number): void {
  const at = pointerAt(page, 0);
  const first = bytes.readUInt16LE(at);
  bytes.writeUInt16LE(bytes.readUInt16LE(at + 2), at);
  bytes.writeUInt16LE(first, at + 2);
}

/** A bit of the last byte of the third key of the branch page that is not set: with it, the key is larger. */
function raisedBit(bytes: Buffer): number {
  const last = bytes.readUInt8(nodeAt(bytes, branchPage(bytes), 2) + 11);
  return ~last & (last + 1) & 0xff;
}

function dropNode(bytes: Buffer, page: number): void {
  const at = page * 4096 + 20;
  bytes.writeUInt16LE(bytes.readUInt16LE(at) - 2, at);
}

function flip(bytes: Buffer, at: number, bit: number): void {
  bytes.writeUInt8(bytes.readUInt8(at) ^ bit, at);
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'promontory-check-'));
  source = join(directory, 'source');
  work = join(directory, 'work');
  await buildEnvironment(source);
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

function damageOf(change: (bytes: Buffer) => void): string | undefined {
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work);
  const bytes = readFileSync(join(source, 'data.mdb'));
  change(bytes);
  writeFileSync(join(work, 'data.mdb'), bytes);
  return checkLmdbFile(work, TABLES)?.reason;
}

describe('checkLmdbFile', () => {
  it('finds nothing wrong with what LMDB wrote, or with nothing', () => {
    expect(checkLmdbFile(source, TABLES)).toBeNull();
    expect(checkLmdbFile(join(directory, 'nowhere'), TABLES)).toBeNull();
  });

  it.each<[string, (bytes: Buffer) => void, RegExp]>([
    ['the magic number', (bytes) => bytes.writeUInt32LE(1, 24), /magic/],
    ['the data version', (bytes) => bytes.writeUInt32LE(3, 28), /version 3, want 2/],
    ['the page size', (bytes) => bytes.writeUInt32LE(1000, 48), /page size 1000/],
    ['the number of a page', (bytes) => bytes.writeUInt32LE(9, rootPage(bytes) * 4096), /page number/],
    ['the kind of a page', (bytes) => bytes.writeUInt16LE(4, rootPage(bytes) * 4096 + 18), /page flags 4/],
    ['free space', (bytes) => bytes.writeUInt16LE(5000, rootPage(bytes) * 4096 + 20), /free space/],
    ['the page size of one meta page', (bytes) => bytes.writeUInt32LE(8192, 4096 + 48), /page size 8192/],
    ['the newest transaction', (bytes) => addToTransaction(bytes, 'newest', 4), /meta pages of trans/],
    ['the older transaction', (bytes) => addToTransaction(bytes, 'older', -4), /meta pages of trans/],
    [
      'the newest transaction, now older',
      (bytes) => addToTransaction(bytes, 'newest', -2),
      /lead to roots of/,
    ],
    ['the older transaction, now newest', (bytes) => addToTransaction(bytes, 'older', 2), /lead to roots of/],
    [
      'the transaction of the root',
      (bytes) => flip(bytes, rootPage(bytes) * 4096 + 12, 1),
      /lead to roots of/,
    ],
    ['the transaction of a page', (bytes) => flip(bytes, leafPage(bytes) * 4096 + 12, 1), /the newest is/],
    [
      'a flag that means nothing on disk',
      (bytes) => flip(bytes, leafPage(bytes) * 4096 + 19, 0x40),
      /page flags/,
    ],
    [
      'the flags of the tree of tables',
      (bytes) => bytes.writeUInt16LE(4, newestMeta(bytes) + 76),
      /tree flags 4/,
    ],
    [
      'the name of a table',
      (bytes) => bytes.write('m', bytes.indexOf('large', rootPage(bytes) * 4096)),
      /table large is missing/,
    ],
    ['a node offset', (bytes) => bytes.writeUInt16LE(4090, rootPage(bytes) * 4096 + 24), /node 0 at 4090/],
    [
      'a node offset of a leaf',
      (bytes) => flip(bytes, pointerAt(leafPage(bytes), 5), 2),
      /leaves its page|leave a gap/,
    ],
    ['an odd node offset', (bytes) => flip(bytes, pointerAt(leafPage(bytes), 5), 1), /node 5 at/],
    ['the count of nodes of a leaf', (bytes) => dropNode(bytes, leafPage(bytes)), /leave a gap/],
    ['the count of nodes of a branch', (bytes) => dropNode(bytes, branchPage(bytes)), /leave a gap/],
    ['the length of a value', (bytes) => flip(bytes, nodeAt(bytes, leafPage(bytes), 5), 2), /leave a gap/],
    [
      'the length of a key',
      (bytes) => flip(bytes, nodeAt(bytes, leafPage(bytes), 5) + 6, 4),
      /leave a gap|order/,
    ],
    ['a key of a leaf', (bytes) => flip(bytes, nodeAt(bytes, leafPage(bytes), 5) + 8, 1), /out of order/],
    [
      'the first key of a leaf',
      (bytes) => bytes.fill(0, nodeAt(bytes, leafPage(bytes), 0) + 8, nodeAt(bytes, leafPage(bytes), 0) + 12),
      /out of the bounds/,
    ],
    [
      'the order of a leaf',
      (bytes) => swapFirstNodes(bytes, leafPage(bytes)),
      /keys 0 and 1 are out of order/,
    ],
    [
      'a key of a branch page',
      (bytes) => flip(bytes, nodeAt(bytes, branchPage(bytes), 2) + 8, 1),
      /out of order/,
    ],
    [
      'a key of a branch page that stays in order',
      (bytes) => flip(bytes, nodeAt(bytes, branchPage(bytes), 2) + 11, raisedBit(bytes)),
      /out of the bounds/,
    ],
    ['the root of an empty table', (bytes) => flip(bytes, recordOf(bytes, 'empty') + 40, 1), /tree depth 0/],
    ['the count of entries', (bytes) => flip(bytes, recordOf(bytes, 'small') + 32, 1), /its record says/],
    ['the count of leaves', (bytes) => flip(bytes, recordOf(bytes, 'small') + 16, 1), /its record says/],
    [
      'the pages of a large value',
      (bytes) => flip(bytes, largeValuePage(bytes) * 4096 + 20, 4),
      /its node says/,
    ],
  ])('finds damage to %s', (_what, change, reason) => {
    expect(damageOf(change)).toMatch(reason);
  });

  it('finds nothing wrong with a copy, made while writes go on, with what is emptied, or opened again', async () => {
    const [live, copy] = [join(directory, 'live'), join(directory, 'copy')];
    LmdbEnvironment.createIfMissing(live, TABLES);
    expect(checkLmdbFile(live, TABLES)).toBeNull();
    let environment = new LmdbEnvironment(live);
    const write = (count: number): void =>
      environment.writeDurably(() => {
        for (let index = 0; index < count; index++)
          environment.table('small').put(numberKey((index * 7919) % 997), Buffer.alloc(index % 3000));
      });
    write(500);
    const copied = environment.copyTo(copy);
    for (let round = 0; round < 5; round++) write(200);
    await copied;
    expect(checkLmdbFile(copy, TABLES)).toBeNull();
    environment.writeDurably(() => {
      for (let number = 0; number < 997; number++) environment.table('small').remove(numberKey(number));
    });
    expect(checkLmdbFile(live, TABLES)).toBeNull();
    await environment.close();
    environment = new LmdbEnvironment(live);
    write(1);
    expect(checkLmdbFile(live, TABLES)).toBeNull();
    await environment.close();
  });

  it('takes a commit whose meta page could not be written for damage until it is erased', async () => {
    // What LMDB writes then: the number of the transaction before last, with the new trees.
    expect(damageOf((bytes) => addToTransaction(bytes, 'newest', -2))).toMatch(/lead to roots of/);
    eraseFailedCommit(work);
    expect(checkLmdbFile(work, TABLES)).toBeNull();
    const environment = new LmdbEnvironment(work);
    // Each round writes the key of its number: that of the last one is gone.
    const key = numberKey(5);
    expect(environment.table('large').get(key)).toBeUndefined();
    expect(environment.table('large').get(numberKey(4))).toBeDefined();
    environment.writeDurably(() => environment.table('small').put(key, key));
    expect(checkLmdbFile(work, TABLES)).toBeNull();
    await environment.close();
  });

  it('finds a truncated file, wherever it was cut', () => {
    const { length } = readFileSync(join(source, 'data.mdb'));
    for (let bytes = 0; bytes < length - 4096; bytes += 20_021) {
      damageOf(() => undefined);
      truncateSync(join(work, 'data.mdb'), bytes);
      expect(checkLmdbFile(work, TABLES), `cut to ${bytes}`).not.toBeNull();
    }
  });

  it('lets no flipped bit through that ends the process, or loses a record that its checksum does not name', () => {
    const script = join(import.meta.dirname, 'lmdb-file-check-test-process.ts');
    const found = execFileSync(process.execPath, [script, source, work, '20261', String(FLIPS)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    expect(Number(found)).toBeGreaterThan(FLIPS / 20);
  });
});
