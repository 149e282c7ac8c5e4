/** Every table of a small database, key by key: how the records of the other golden tests are put together. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { ManualClock } from '@promontory/base';
import { Labels } from '@promontory/model';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openTsdb, type Tsdb } from './index.ts';
import { EMPTY_INDEX_STATE } from './index/index-state-record.ts';
import { LmdbEnvironment, type LmdbTable } from './store/lmdb-environment.ts';
import { Store } from './store/store.ts';

const NOW_MS = 1_700_000_000_000;
const KEY_END = Buffer.alloc(32, 0xff);
/** After checksum, version, and a length below 128. */
const WAITING_COMPRESSED_AT = 6;

let directory = '';

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tsdb-golden-'));
});

afterEach(() => rm(directory, { recursive: true }));

/** A database whose fingerprint key is not random. */
async function makeEmpty(): Promise<void> {
  const store = new Store(directory);
  const fingerprintKey = Int32Array.of(1, 2, 3);
  store.environment.writeDurably(() => {
    store.putMeta({ fingerprintKey, nextBlockId: 1, nextTombstoneId: 1, flushedGeneration: 0 });
    store.putIndexState(EMPTY_INDEX_STATE);
  });
  await store.close();
}

async function withTsdb(action: (tsdb: Tsdb) => Promise<unknown>): Promise<void> {
  const limits = { headBytesMax: 1 << 24, seriesMax: 1 << 10 };
  const tsdb = await openTsdb({ directory, clock: new ManualClock(NOW_MS), limits });
  await action(tsdb);
  await tsdb.close();
}

async function writeTwoSeries(tsdb: Tsdb): Promise<void> {
  const appender = tsdb.appender();
  appender.append(Labels.fromObject({ __name__: 'up', job: 'a' }), NOW_MS, 1);
  appender.append(Labels.fromObject({ __name__: 'up', job: 'b' }), NOW_MS, 0);
  await appender.commit();
}

function dump(table: LmdbTable): string[] {
  return [...table.range(Buffer.alloc(0), KEY_END)].map(
    ({ key, value }) => `${key.toString('hex')}: ${value.toString('hex')}`,
  );
}

/** Version and length of each record and what is compressed in it, whose bytes differ from machine to machine. */
function dumpCompressed(table: LmdbTable, compressedAt: number): string[] {
  return [...table.range(Buffer.alloc(0), KEY_END)].map(({ key, value }) => {
    const contents = inflateRawSync(value.subarray(compressedAt));
    return `${key.toString('hex')}: ${value.toString('hex', 4, compressedAt)}${contents.toString('hex')}`;
  });
}

async function dumpMain(): Promise<Record<string, string[]>> {
  const store = new Store(directory);
  const { series, waiting, fingerprints, postings, blocks, exemplars, metadata, tombstones, environment } =
    store;
  const meta = environment.table('meta');
  const tables = { meta, series, fingerprints, postings, blocks, exemplars, metadata, tombstones };
  const dumped = Object.fromEntries(Object.entries(tables).map(([name, table]) => [name, dump(table)]));
  dumped['waiting'] = dumpCompressed(waiting, WAITING_COMPRESSED_AT);
  await store.close();
  return dumped;
}

async function dumpLog(generation: string): Promise<string[]> {
  const environment = new LmdbEnvironment(join(directory, 'log', generation));
  const records = dump(environment.table('records'));
  await environment.close();
  return records;
}

/** `key: value`, spaces between the fields. */
function golden(...entries: readonly string[]): string[] {
  return entries.map((entry) => entry.replaceAll(' ', '').replace(':', ': '));
}

it('a database after a commit: series records and a log', async () => {
  await makeEmpty();
  await withTsdb(writeTwoSeries);
  expect(await dumpLog('0000000001')).toEqual(
    golden(
      '000000000000: f9750918 02 00 00 00 02000000 00008056febc7842 00000000 01000000 02000000 000000000000f03f 0000000000000000',
    ),
  );
  expect(await dumpMain()).toEqual({
    meta: golden(
      '696e646578: c8587514 01000000 03000000 01000000 01000000 00000000',
      '6d657461: 800121c2 02000000 01000000 02000000 03000000 01000000 00000000 01000000',
    ),
    series: [],
    waiting: golden(
      '00000001: 01 33 02 18 18' +
        '0e 0a 08 5f5f6e616d655f5f 12 02 7570 08 0a 03 6a6f62 12 01 61' +
        '0e 0a 08 5f5f6e616d655f5f 12 02 7570 08 0a 03 6a6f62 12 01 62',
    ),
    fingerprints: [],
    postings: [],
    blocks: [],
    exemplars: [],
    metadata: [],
    tombstones: [],
  });
});

it('a database after a flush: index, the record of a block, and an empty log of the next generation', async () => {
  await makeEmpty();
  await withTsdb(writeTwoSeries);
  await withTsdb((tsdb) => tsdb.flush());
  expect(await dumpLog('0000000002')).toEqual([]);
  expect(await dumpMain()).toEqual({
    meta: golden(
      '696e646578: 57c64ef8 01000000 03000000 03000000 01000000 00000000',
      '6d657461: eed31579 02000000 01000000 02000000 03000000 02000000 01000000 01000000',
    ),
    series: golden(
      '00000000: b6938c2a 01 21 01 00 05000000 06000000000000000000000000000000 00 00' +
        '0800 0b00 0d00 0e00 0f00 02000000 00 01 02 03 02 04 5f5f6e616d655f5f 6a6f62 7570 61 62',
    ),
    waiting: [],
    fingerprints: [],
    postings: golden(
      '5f5f6e616d655f5f 0001 7570 0001 00000001: c1d0be65 01 02 01 01 00',
      '6a6f62 0001 61 0001 00000001: 73b5cdda 01 01 01 00',
      '6a6f62 0001 62 0001 00000002: 61faa22f 01 01 02 00',
    ),
    blocks: golden(
      '00000001: 330d9c13 01 00 0000 01000000 02000000 01000000 01000000 01000000' +
        '00008056febc7842 00008056febc7842 0000000000000040 0000000000000000 0000000000000000 000000000000c840',
    ),
    exemplars: [],
    metadata: [],
    tombstones: [],
  });
});
