import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock } from '@promontory/base';
import { Labels, Matcher } from '@promontory/model';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SegmentReader } from '../block/segment-reader.ts';
import { openTsdb } from '../open-tsdb.ts';
import { refKey } from '../store/keys.ts';
import type { Damage } from '../store/damage.ts';
import { LmdbTable } from '../store/lmdb-environment.ts';
import { Store } from '../store/store.ts';
import { encodeTombstone } from './tombstone.ts';
import { TombstoneReader, Tombstones } from './tombstones.ts';

let directory = '';

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tombstones-'));
});

afterEach(() => {
  vi.restoreAllMocks();
  rmSync(directory, { recursive: true });
});

describe('TombstoneReader', () => {
  let store: Store;
  let damages: Damage[];
  let reader: TombstoneReader;

  beforeEach(() => {
    store = new Store(directory);
    damages = [];
    reader = new TombstoneReader(store, (damage) => damages.push(damage));
  });

  afterEach(async () => {
    await store.close();
  });

  function put(id: number): void {
    const refs = Int32Array.of(id);
    const record = encodeTombstone({ id, blockIdEnd: 9, startMsInclusive: 0, endMsInclusive: 1, refs });
    store.environment.writeDurably(() => store.tombstones.put(refKey(id), record));
  }

  function idsRead(): { ids: number[]; decoded: number } {
    const get = vi.spyOn(LmdbTable.prototype, 'get');
    const snapshot = store.environment.openSnapshot();
    const ids = reader.read(snapshot).list.map(({ id }) => id);
    snapshot.close();
    const decoded = get.mock.calls.length;
    get.mockRestore();
    return { ids, decoded };
  }

  it('decodes each tombstone once', () => {
    expect(idsRead()).toEqual({ ids: [], decoded: 0 });
    put(1);
    put(2);
    expect(idsRead()).toEqual({ ids: [1, 2], decoded: 2 });
    const before = reader.read();
    expect(idsRead()).toEqual({ ids: [1, 2], decoded: 0 });
    expect(reader.read()).toBe(before);
    store.environment.writeDurably(() => store.tombstones.remove(refKey(1)));
    put(3);
    expect(idsRead()).toEqual({ ids: [2, 3], decoded: 1 });
  });

  it('reports a damaged one with every read', () => {
    put(1);
    store.environment.writeDurably(() => store.tombstones.put(refKey(2), Buffer.alloc(40, 1)));
    expect(idsRead()).toEqual({ ids: [1], decoded: 2 });
    const before = reader.read();
    expect(idsRead()).toEqual({ ids: [1], decoded: 0 });
    expect(reader.read()).toBe(before);
    put(3);
    expect(idsRead()).toEqual({ ids: [1, 3], decoded: 1 });
    expect(damages.map(({ where }) => where)).toEqual(Array(5).fill('tombstone 2'));
    store.environment.writeDurably(() => store.tombstones.remove(refKey(2)));
    expect(idsRead()).toEqual({ ids: [1, 3], decoded: 0 });
    expect(damages).toHaveLength(5);
  });
});

it('gives the ranges of a series in blocks that were there before the deletion', () => {
  const range = { startMsInclusive: 5, endMsInclusive: 7 };
  const tombstones = new Tombstones([
    { id: 1, blockIdEnd: 3, ...range, refs: Int32Array.of(1, 4) },
    { id: 2, blockIdEnd: 9, ...range, refs: Int32Array.of(4, 6) },
  ]);
  const ids = (ref: number, blockId: number): unknown[] =>
    tombstones.rangesOf(ref, blockId).map((each) => tombstones.list.findIndex((other) => other === each) + 1);
  expect([ids(4, 2), ids(4, 3), ids(1, 2), ids(1, 3), ids(6, 8), ids(5, 2)]).toEqual([
    [1, 2],
    [2],
    [1],
    [],
    [2],
    [],
  ]);
});

it('a deletion makes browsing read no more than it did', async () => {
  const clock = new ManualClock(1_763_700_000_000);
  const tsdb = await openTsdb({ directory, clock });
  const appender = tsdb.appender();
  for (let each = 0; each < 20; each++) {
    const labels = Labels.fromObject({ __name__: 'up', each: `${each}` });
    for (let sample = 0; sample < 100; sample++) appender.append(labels, clock.nowMs() + sample, sample);
  }
  await appender.commit();
  const one = [[new Matcher('=', 'each', '7')]];
  const other = [[new Matcher('=', 'each', '8')]];
  const range = { rangeStartMsInclusive: clock.nowMs(), rangeEndMsInclusive: clock.nowMs() + 50 };
  await tsdb.deleteSamples({ matcherSets: one, ...range });
  await tsdb.deleteSamples({ matcherSets: other, ...range, rangeEndMsInclusive: clock.nowMs() + 49 });
  const valuesRead = vi.spyOn(SegmentReader.prototype, 'appendSamples');
  const found = tsdb.labelValues('each', {
    ...range,
    matcherSets: [[new Matcher('=', '__name__', 'up')]],
    countMax: 0,
  });
  expect(found.values).toHaveLength(19);
  expect(found.values).not.toContain('7');
  expect(valuesRead).not.toHaveBeenCalled();
  await tsdb.close();
});
