import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LmdbEnvironment } from './lmdb-environment.ts';
import { checkLmdbFile } from './lmdb-file-check.ts';

const FLIPS = 400;
const TABLES = ['small', 'large'];

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
  for (let round = 0; round < 6; round++) {
    environment.writeDurably(() => {
      for (let index = 0; index < 1500; index++) {
        const key = numberKey((index * 7919 + round) % 4001);
        small.put(key, Buffer.alloc(20 + (index % 30), round));
        if (index % 250 === 0) large.put(key, Buffer.alloc(5000 + index, round));
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

function flipTransaction(bytes: Buffer, newest: 0 | 1): void {
  const at = (newest === 1 ? newestMeta(bytes) : 4096 + 48 - newestMeta(bytes)) + 128;
  bytes.writeUInt8(bytes.readUInt8(at) ^ 4, at);
}

/** The root page of the tree of tables. */
function rootPage(bytes: Buffer): number {
  return bytes.readUInt32LE(newestMeta(bytes) + 24 + 48 + 40);
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
    ['the number of the newest transaction', (bytes) => flipTransaction(bytes, 1), /meta pages of trans/],
    ['the number of an older transaction', (bytes) => flipTransaction(bytes, 0), /meta pages of trans/],
    [
      'the transaction of a page',
      (bytes) => bytes.writeUInt8(1, rootPage(bytes) * 4096 + 12),
      /the newest is/,
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
  ])('finds damage to %s', (_what, change, reason) => {
    expect(damageOf(change)).toMatch(reason);
  });

  it('finds keys out of order when it is asked to', () => {
    const swapFirstNodes = (bytes: Buffer): void => {
      const at = rootPage(bytes) * 4096 + 24;
      const first = bytes.readUInt16LE(at);
      bytes.writeUInt16LE(bytes.readUInt16LE(at + 2), at);
      bytes.writeUInt16LE(first, at + 2);
    };
    expect(damageOf(swapFirstNodes)).toBeUndefined();
    expect(checkLmdbFile(work, TABLES, true)?.reason).toMatch(/keys 0 and 1 are out of order/);
    expect(checkLmdbFile(source, TABLES, true)).toBeNull();
  });

  it('finds a truncated file, wherever it was cut', () => {
    const { length } = readFileSync(join(source, 'data.mdb'));
    for (let bytes = 0; bytes < length - 4096; bytes += 20_021) {
      damageOf(() => undefined);
      truncateSync(join(work, 'data.mdb'), bytes);
      expect(checkLmdbFile(work, TABLES), `cut to ${bytes}`).not.toBeNull();
    }
  });

  it('lets no flipped byte through that ends the process', () => {
    const script = join(import.meta.dirname, 'lmdb-file-check-test-process.ts');
    const found = execFileSync(process.execPath, [script, source, work, '20261', String(FLIPS)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    expect(Number(found)).toBeGreaterThan(FLIPS / 20);
  });
});
