/** Verification of a database with something of every kind: sound, and with each part spoilt. */
import { hash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock } from '@promontory/base';
import { Labels, Matcher, SampleBatch, allocateSampleBatch, staleHistogram } from '@promontory/model';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { encodeBlockRecord, decodeBlockRecord } from '../block/block-record.ts';
import { encodeTombstone, decodeTombstone } from '../deletion/tombstone.ts';
import { encodeExemplar } from '../exemplars/exemplar-record.ts';
import { encodeFingerprint } from '../index/fingerprint-index.ts';
import { postingKey, valuePart } from '../index/posting-keys.ts';
import { PostingsEncoder, PostingsRun } from '../index/postings-record.ts';
import { openTsdb, type Tsdb, type VerificationResult, verifyTsdb } from '../index.ts';
import { encodeLogRecord } from '../log/log-record.ts';
import { Log } from '../log/log.ts';
import { sealRecord } from '../store/checksum.ts';
import { refKey } from '../store/keys.ts';
import type { LmdbTable } from '../store/lmdb-environment.ts';
import { Store } from '../store/store.ts';

const NOW_MS = 1_763_700_000_000;
/** Above what is indexed when the rest waits. */
const INDEXED = 300;
const WAITING = 5;
const LONG_VALUE = 'x'.repeat(2000);
const KEYS = [Buffer.alloc(0), Buffer.alloc(16, 0xff)] as const;

/** One database is made, and copied for each test. */
let original = '';
let directory = '';

beforeAll(async () => {
  original = mkdtempSync(join(tmpdir(), 'verify-'));
  await fill(await openAt(original));
});

afterAll(() => rmSync(original, { recursive: true }));

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'verify-'));
  cpSync(original, directory, { recursive: true, filter: (path) => !path.endsWith('lock.sock') });
});

afterEach(() => rmSync(directory, { recursive: true }));

function openAt(path: string): Promise<Tsdb> {
  const limits = { headBytesMax: 1 << 24, outOfOrderWindowMs: 1e9 };
  return openTsdb({ directory: path, clock: new ManualClock(NOW_MS), limits });
}

const labelsOf = (series: number): Labels =>
  Labels.fromObject({
    __name__: 'm',
    series: `${series}`,
    group: `g${series % 7}`,
    ...(series % 50 === 0 && { long: `${LONG_VALUE}${series}` }),
  });

async function fill(tsdb: Tsdb): Promise<void> {
  const write = async (timeMs: number, start: number, end: number): Promise<void> => {
    const appender = tsdb.appender();
    for (let series = start; series < end; series++)
      appender.append(labelsOf(series), NOW_MS + timeMs, series, NOW_MS - 9000);
    appender.appendHistogram(labelsOf(1), NOW_MS + timeMs + 1, staleHistogram(true));
    appender.appendExemplar(labelsOf(2), { labels: Labels.empty, value: 3, timestampMs: NOW_MS });
    appender.appendMetadata('m', { type: 'counter', unit: '', help: 'all of them' });
    await appender.commit();
  };
  await write(-5000, 0, 200);
  await tsdb.flush();
  await write(-4000, 100, INDEXED);
  await tsdb.flush();
  await tsdb.deleteSamples({
    matcherSets: [[new Matcher('=', 'group', 'g3')]],
    rangeStartMsInclusive: 0,
    rangeEndMsInclusive: NOW_MS - 4500,
  });
  await write(-3000, INDEXED - 10, INDEXED + WAITING);
  await tsdb.close();
}

/** Name → digest of its contents. */
function dataFiles(): Record<string, string> {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !entry.name.startsWith('lock'));
  return Object.fromEntries(
    files
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path, hash('sha1', readFileSync(path))]),
  );
}

const verify = (): Promise<VerificationResult> => verifyTsdb({ directory });

function summary({ findings }: VerificationResult): [string, string][] {
  return findings.map(({ what, where }) => [what, where]);
}

async function spoil(change: (store: Store) => void): Promise<void> {
  const store = new Store(directory);
  store.environment.writeDurably(() => change(store));
  await store.close();
}

function firstEntry(table: LmdbTable, countBefore = 0): { key: Buffer; value: Buffer } {
  const entry = [...table.range(...KEYS)][countBefore];
  if (entry === undefined) throw new Error('the table has too few entries');
  return entry;
}

describe('a verification', () => {
  it('finds nothing in a sound database, and counts what it looked at', async () => {
    const before = dataFiles();
    const progress: number[] = [];
    const result = await verifyTsdb({ directory, onProgress: ({ series }) => progress.push(series) });
    expect(summary(result)).toEqual([]);
    expect(result).toMatchObject({
      isTruncated: false,
      counts: {
        series: INDEXED + WAITING,
        blocks: 2,
        logRecords: 1,
        exemplars: 1,
        metadata: 1,
        tombstones: 1,
      },
    });
    expect(result.counts.samples).toBe(200 + 200 + 15 + 3);
    expect(result.counts.chunks).toBe(2 * (200 + 1 + 200));
    expect(result.counts.postingsRuns).toBeGreaterThan(INDEXED);
    expect(progress.length).toBeGreaterThan(0);
    expect(dataFiles()).toEqual(before);
  });

  it('finds nothing after everything was maintained, nor in a backup', async () => {
    const tsdb = await openAt(directory);
    await tsdb.flush();
    while (await tsdb.maintain());
    const copy = mkdtempSync(join(tmpdir(), 'verify-backup-'));
    await tsdb.backup(copy);
    await tsdb.close();
    try {
      expect(summary(await verify())).toEqual([]);
      expect(summary(await verifyTsdb({ directory: copy }))).toEqual([]);
    } finally {
      rmSync(copy, { recursive: true });
    }
  });

  it('finds nothing where fingerprints are on disk, and misses one that is not', async () => {
    const store = new Store(directory);
    await store.close();
    const { keys } = await writeFingerprints();
    expect(summary(await verify())).toEqual([]);
    await spoil((spoilt) => spoilt.fingerprints.remove(keys[3]!));
    expect(summary(await verify())).toEqual([['series', 'series 4']]);
    await spoil((spoilt) => spoilt.fingerprints.put(keys[3]!, encodeFingerprint(keys[3]!, 9)));
    const found = summary(await verify());
    expect(found).toHaveLength(2);
    for (const series of ['series 4', 'series 9']) expect(found).toContainEqual(['series', series]);
  });

  it('ends when it is cancelled', async () => {
    const signal = AbortSignal.abort();
    await expect(verifyTsdb({ directory, signal })).rejects.toMatchObject({
      code: 'ERR_VERIFY_CANCELLED',
      kind: 'cancelled',
    });
    expect(summary(await verify())).toEqual([]);
  });

  it('refuses a database that is open, and makes none where there is none', async () => {
    const tsdb = await openAt(directory);
    await expect(verify()).rejects.toMatchObject({ code: 'ERR_STORE_LOCKED' });
    await tsdb.close();
    const missing = join(directory, 'none');
    expect(summary(await verifyTsdb({ directory: missing }))).toEqual([['main', 'main']]);
    expect(readdirSync(directory)).not.toContain('none');
  });

  it.each([
    ['all logs', ''],
    ['a log', '0000000003'],
    ['the file of a log', '0000000003/data.mdb'],
  ])('finds that %s are missing, and so does the next open', async (_what, path) => {
    rmSync(join(directory, 'log', path), { recursive: true });
    expect(summary(await verify())).toEqual([['log', expect.stringContaining('log 3')]]);
    const damages: unknown[] = [];
    const open = async (): Promise<void> => {
      const options = { directory, limits: { headBytesMax: 1 << 24 }, onDamage: damages.push.bind(damages) };
      await (await openTsdb({ ...options, clock: new ManualClock(NOW_MS) })).close();
    };
    await open();
    expect(damages).toMatchObject([{ what: 'log', reason: expect.stringContaining('missing') }]);
    await open();
    expect([damages.length, summary(await verify())]).toEqual([1, []]);
  });

  it('finds a log of another database, and the next open puts it aside', async () => {
    const path = join(directory, 'log', '9999999999');
    cpSync(join(directory, 'log', '0000000003'), path, { recursive: true });
    expect(summary(await verify())).toEqual([['log', 'log 9999999999']]);
    const tsdb = await openAt(directory);
    expect(tsdb.damages).toMatchObject([
      { what: 'log', reason: expect.stringContaining('another database') },
    ]);
    await tsdb.close();
    expect([existsSync(path), existsSync(`${path}.damaged`)]).toEqual([false, true]);
  });

  it('finds damage of a data file of LMDB', async () => {
    const path = join(directory, 'main', 'data.mdb');
    const bytes = readFileSync(path);
    const root = bytes.readUInt32LE(24 + 24 + 48 + 40);
    bytes.writeUInt16LE(0xffff, root * 4096 + 20);
    writeFileSync(path, bytes);
    expect((await verify()).findings).toHaveLength(1);
    rmSync(path);
    expect(summary(await verify())).toEqual([['main', 'main']]);
  });
});

/** Writes the fingerprints of all indexed series, as a registry does once many are missing. */
async function writeFingerprints(): Promise<{ keys: Buffer[] }> {
  const { LabelFingerprint, encodeLabelBytes, walkLabelBytes } = await import('@promontory/model');
  const { fingerprintKey } = await import('../index/fingerprint-index.ts');
  const keys: Buffer[] = [];
  await spoil((store) => {
    const fingerprint = new LabelFingerprint(store.readMeta()!.fingerprintKey);
    for (let series = 0; series < INDEXED; series++) {
      const bytes = encodeLabelBytes(labelsOf(series));
      fingerprint.reset();
      walkLabelBytes(bytes, 0, bytes.length, (span) =>
        fingerprint.add(new DataView(bytes.buffer), span.messageStart, span.valueEnd),
      );
      const key = fingerprintKey(fingerprint.lane0, fingerprint.lane1, fingerprint.lane2);
      keys.push(key);
      store.fingerprints.put(key, encodeFingerprint(key, series + 1));
    }
    store.putIndexState({ ...store.readIndexState(), fingerprintedRefEnd: INDEXED + 1 });
  });
  return { keys };
}

const encoder = new PostingsEncoder();

function putRun(store: Store, value: string, refs: number[], name = 'group', keyRef = refs[0]!): void {
  const key = postingKey(name, valuePart(value), keyRef);
  store.postings.put(key, Buffer.from(encoder.unsafeEncode(key, Int32Array.from(refs), 0, refs.length, '')));
}

/** The refs of group g1 in its first run, changed. */
function changeRun(store: Store, change: (refs: number[]) => number[]): void {
  const key = postingKey('group', valuePart('g1'), 2);
  const record = store.postings.get(key);
  if (record === undefined) throw new Error('group g1 has no run');
  const refs = [...new PostingsRun(key, record).refs()];
  store.postings.put(
    key,
    Buffer.from(encoder.unsafeEncode(key, Int32Array.from(change(refs)), 0, change(refs).length, '')),
  );
}

function flipValue(table: LmdbTable, countBefore = 0): void {
  const { key, value } = firstEntry(table, countBefore);
  value[value.length - 1]! ^= 1;
  table.put(key, value);
}

const anything = expect.any(String) as string;

/** How a table is spoilt, and findings that there must be. Which of many series are named depends on the random key. */
const SPOILT: readonly [what: string, change: (store: Store) => void, found: [string, string][]][] = [
  ['a series page', ({ series }) => flipValue(series, 1), [['series page', '00000001'], ['series', anything]]],
  ['a page that is gone', ({ series }) => series.remove(refKey(1)), [['series', anything]]],
  ['a waiting batch', ({ waiting }) => flipValue(waiting), [['waiting batch', anything], ['log record', anything]]],
  [
    'a waiting batch that is gone',
    ({ waiting }) => waiting.remove(firstEntry(waiting).key),
    [['index state', 'index state']],
  ],
  ['a postings run', ({ postings }) => flipValue(postings, 9), [['postings run', anything]]],
  [
    'a postings run that is gone',
    ({ postings }) => postings.remove(postingKey('group', valuePart('g1'), 2)),
    [['series', 'series 2']],
  ],
  ['a run without a series of its pair', (store) => changeRun(store, (refs) => refs.slice(0, -1)), [['series', anything]]],
  [
    'a run with a series of another pair',
    (store) => changeRun(store, (refs) => [...refs, 201].sort((left, right) => left - right)),
    [['series', 'series 201']],
  ],
  ['a run with a series that is not there', (store) => changeRun(store, (refs) => [...refs, 5000]), [['series', 'series 5000']]],
  ['a run out of order', (store) => changeRun(store, (refs) => [refs[1]!, refs[0]!, ...refs.slice(2)]), [['postings run', anything]]],
  ['runs that overlap', (store) => putRun(store, 'g1', [9]), [['postings run', anything]]],
  ['a pair that no series has', (store) => putRun(store, 'g99', [4]), [['series', 'series 4']]],
  [
    'a fingerprint too many',
    ({ fingerprints }) => fingerprints.put(Buffer.alloc(12), encodeFingerprint(Buffer.alloc(12), 5)),
    [['series', 'series 5']],
  ],
  [
    'a fingerprint',
    ({ fingerprints }) => fingerprints.put(Buffer.alloc(12), Buffer.alloc(9)),
    [['fingerprint record', '000000000000000000000000']],
  ],
  ['a block record', ({ blocks }) => flipValue(blocks), [['block record', 'block 1']]],
  [
    'a block record that differs from its block',
    ({ blocks }) => {
      const { key, value } = firstEntry(blocks);
      blocks.put(key, encodeBlockRecord({ ...decodeBlockRecord(value, 1), floatCount: 1 }));
    },
    [['block record', 'block 1']],
  ],
  [
    'a block record without a block',
    ({ blocks }) => {
      const { value } = firstEntry(blocks);
      blocks.put(refKey(77), encodeBlockRecord({ ...decodeBlockRecord(value, 1), id: 77 }));
    },
    [['block record', 'block 77'], ['block', 'block 77']],
  ],
  ['an exemplar', ({ exemplars }) => flipValue(exemplars), [['exemplar', anything]]],
  [
    'an exemplar of a series that never was',
    ({ exemplars }) => {
      const { key, record } = encodeExemplar(9999, { labels: Labels.empty, value: 1, timestampMs: NOW_MS });
      exemplars.put(key, record);
    },
    [['exemplar', anything]],
  ],
  [
    'an exemplar under the key of another',
    ({ exemplars }) => exemplars.put(encodeExemplar(1, { labels: Labels.empty, value: 1, timestampMs: NOW_MS }).key, firstEntry(exemplars).value),
    [['exemplar', anything]],
  ],
  ['metadata', ({ metadata }) => flipValue(metadata), [['metadata', anything]]],
  [
    'metadata under another key',
    ({ metadata }) => metadata.put(Buffer.from('abcdefghijkl'), firstEntry(metadata).value),
    [['metadata', anything]],
  ],
  ['a tombstone', ({ tombstones }) => flipValue(tombstones), [['tombstone', 'tombstone 1']]],
  ...(['id', 'blockIdEnd', 'startMsInclusive', 'refs'] as const).map(
    (field): [string, (store: Store) => void, [string, string][]] => [
      `a tombstone with a wrong ${field}`,
      ({ tombstones }) => {
        const { value } = firstEntry(tombstones);
        const change = { id: 5, blockIdEnd: 99, startMsInclusive: 1e15, refs: Int32Array.of(9999) };
        const tombstone = { ...decodeTombstone(1, value), [field]: change[field] };
        tombstones.put(refKey(tombstone.id), encodeTombstone(tombstone));
      },
      [['tombstone', field === 'id' ? 'tombstone 5' : 'tombstone 1']],
    ],
  ),
  [
    'the index state',
    (store) => store.putIndexState({ ...store.readIndexState(), droppedSeriesCount: 1 }),
    [['index state', 'index state']],
  ],
  [
    'an index state out of order',
    (store) => store.putIndexState({ ...store.readIndexState(), fingerprintedRefEnd: 9999 }),
    [['index state', 'index state']],
  ],
  [
    'an index state that is behind',
    (store) => store.putIndexState({ ...store.readIndexState(), indexedRefEnd: INDEXED }),
    [['series', `series ${INDEXED}`], ['waiting batch', anything]],
  ],
  [
    'the meta record',
    (store) => store.putMeta({ ...store.readMeta()!, nextBlockId: 2 }),
    [['block record', 'block 2'], ['tombstone', 'tombstone 1']],
  ],
  [
    'a meta record that is behind',
    (store) => store.putMeta({ ...store.readMeta()!, flushedGeneration: 1 }),
    [['block record', 'block 2']],
  ],
]; // prettier-ignore

describe('a verification finds', () => {
  it.each(SPOILT)('%s', async (_what, change, found) => {
    await spoil(change);
    const result = await verify();
    for (const finding of found) expect(summary(result)).toContainEqual(finding);
  });

  it('damage of blocks', async () => {
    const path = join(directory, 'blocks', '0000000001', 'data.mdb');
    const bytes = readFileSync(path);
    bytes[bytes.length - 2000]! ^= 1;
    writeFileSync(path, bytes);
    expect(summary(await verify()).length).toBeGreaterThan(0);
    rmSync(join(directory, 'blocks', '0000000001'), { recursive: true });
    expect(summary(await verify())).toContainEqual(['block', 'block 1']);
  });

  it('a log that was put aside, as every open does, until somebody deletes it', async () => {
    const path = join(directory, 'log', '0000000003', 'data.mdb');
    writeFileSync(path, readFileSync(path).subarray(0, 9000));
    const aside = join(directory, 'log', '0000000003.damaged');
    const openAndClose = async (): Promise<readonly unknown[]> => {
      const tsdb = await openAt(directory);
      await tsdb.close();
      return tsdb.damages;
    };
    expect(await openAndClose()).toHaveLength(1);
    for (let round = 0; round < 2; round++) {
      const finding = {
        what: 'log',
        where: `log 3, kept as ${aside}`,
        reason: expect.stringContaining('takes 9000 bytes') as string,
      };
      expect((await verify()).findings).toEqual([finding]);
      expect(await openAndClose()).toEqual([finding]);
    }
    rmSync(aside, { recursive: true });
    expect(await openAndClose()).toEqual([]);
    expect((await verify()).findings).toEqual([]);
  });

  it('a block that another version sealed, and goes on', async () => {
    const path = join(directory, 'blocks', '0000000001', 'seal');
    const seal = readFileSync(path);
    seal[4] = 9;
    writeFileSync(path, sealRecord(seal));
    const result = await verify();
    expect(summary(result)).toEqual([['block', 'block 1']]);
    expect(result.counts).toMatchObject({ blocks: 2, logRecords: 1, tombstones: 1 });
  });

  it('damage of logs, records that are gone, and those of series that are not there', async () => {
    const parent = join(directory, 'log');
    const [generation] = readdirSync(parent).map(Number);
    const batch = new SampleBatch(allocateSampleBatch({ samplesMax: 16, labelBytesMax: 16 }));
    batch.ref[0] = 7777;
    batch.timestampMs[0] = NOW_MS;
    batch.sampleCount = 1;
    const record = encodeLogRecord(batch);
    const log = new Log(parent, generation!, 'disk');
    expect([...log.replay()]).toHaveLength(1);
    log.appendDurably([Buffer.from('nothing'), record!]);
    await log.close();
    expect(summary(await verify())).toEqual([
      ['log record', `log ${generation} record 1`],
      ['log record', `log ${generation} record 2`],
    ]);
    const path = join(parent, readdirSync(parent)[0]!, 'data.mdb');
    writeFileSync(path, readFileSync(path).subarray(0, 9000));
    expect(summary(await verify())).toEqual([['log', anything]]);
  });
});
