import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sealRecord } from './checksum.ts';
import { mustMatchEnvironmentSeal, SEAL_FILE } from './environment-seal.ts';
import { LmdbEnvironment } from './lmdb-environment.ts';

let base = '';
let directory = '';

beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), 'promontory-seal-'));
  directory = join(base, 'built');
  mkdirSync(directory);
  const environment = new LmdbEnvironment(directory, 'building');
  environment.writeUnsynced(() => environment.rootTable().put(Buffer.of(1), Buffer.alloc(10_000)));
  await environment.finishBuilding();
});

afterEach(() => rmSync(base, { recursive: true, force: true }));

it.each([
  ['more pages than it names', (seal: Buffer) => seal.writeUInt32LE(0xffff_ffff, 16)],
  ['fewer pages than it names', (seal: Buffer) => seal.writeUInt32LE(1, 16)],
  ['a page beyond the file', (seal: Buffer) => seal.writeUInt8(100, seal.length - 1)],
  ['a page twice', (seal: Buffer) => seal.writeUInt8(0, seal.length - 1)],
  ['a number that does not end', (seal: Buffer) => seal.writeUInt8(128, seal.length - 1)],
  ['another checksum of the pages', (seal: Buffer) => seal.writeUInt8(seal.readUInt8(20) ^ 1, 20)],
])('a seal with %s is damaged, though its checksum is right', (_what, change) => {
  expect(mustMatchEnvironmentSeal(directory)).toBeGreaterThan(10_000);
  const path = join(directory, SEAL_FILE);
  const seal = readFileSync(path);
  change(seal);
  writeFileSync(path, sealRecord(seal));
  expect(() => mustMatchEnvironmentSeal(directory)).toThrow(
    expect.objectContaining({ code: 'ERR_STORE_CORRUPT' }) as Error,
  );
});
