import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errorCode } from '@promontory/base';
import { Labels } from '@promontory/model';
import { ERR_EXEMPLAR_INVALID } from '../error-codes.ts';
import { type Damage, DamageLog } from '../store/damage.ts';
import { Store } from '../store/store.ts';
import { checkExemplar, encodeExemplar, type Exemplar } from './exemplar-record.ts';
import { ExemplarWriter, readExemplars } from './exemplar-store.ts';

const UNTIL_15 = { startMsInclusive: 0, endMsInclusive: 14 };
const ALL = { rangeStartMsInclusive: 0, rangeEndMsInclusive: Number.MAX_SAFE_INTEGER };

let directory = '';
let store: Store;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'promontory-exemplars-'));
  store = new Store(directory);
});

afterEach(async () => {
  await store.close();
  rmSync(directory, { recursive: true, force: true });
});

function exemplar(timestampMs: number, value = 1, trace = 'abc'): Exemplar {
  return { labels: Labels.fromObject({ trace_id: trace }), value, timestampMs };
}

function commit(writer: ExemplarWriter): void {
  store.environment.writeDurably(() => writer.putPending());
  writer.markStored();
}

function read(range = ALL, accepts: (ref: number) => boolean = () => true): [number, string[]][] {
  const snapshot = store.environment.openSnapshot();
  const damages: Damage[] = [];
  const byRef = readExemplars(store, snapshot, range, accepts, (damage) => damages.push(damage));
  snapshot.close();
  expect(damages).toEqual([]);
  return [...byRef].map(([ref, list]) => [ref, list.map((one) => `${one.timestampMs}=${one.value}`)]);
}

describe('exemplars', () => {
  it('come back by series and range, in the order of time', () => {
    const writer = new ExemplarWriter(store, 100);
    for (const [ref, time] of [[7, 30] as const, [3, 20] as const, [7, 10] as const, [7, 40] as const])
      writer.add(ref, exemplar(time));
    expect(writer.hasPending).toBe(true);
    commit(writer);
    expect(writer.hasPending).toBe(false);
    expect(read()).toEqual([
      [7, ['10=1', '30=1', '40=1']],
      [3, ['20=1']],
    ]);
    expect(read({ rangeStartMsInclusive: 11, rangeEndMsInclusive: 30 })).toEqual([
      [3, ['20=1']],
      [7, ['30=1']],
    ]);
    expect(read(ALL, (ref) => ref === 3)).toEqual([[3, ['20=1']]]);
  });

  it('are found by ranges of any width, to the last time that one may have', () => {
    const writer = new ExemplarWriter(store, 100);
    const last = 2 ** 48 - 1;
    for (const time of [0, last]) writer.add(1, exemplar(time));
    commit(writer);
    const times = (rangeStartMsInclusive: number, rangeEndMsInclusive: number): readonly string[] =>
      read({ rangeStartMsInclusive, rangeEndMsInclusive })[0]?.[1] ?? [];
    for (const end of [last, last + 0.5, last + 1, Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY]) {
      expect(times(Number.NEGATIVE_INFINITY, end)).toEqual(['0=1', `${last}=1`]);
      expect(times(last, end)).toEqual([`${last}=1`]);
      expect(times(last + 1, end)).toEqual([]);
    }
    expect(times(Number.NEGATIVE_INFINITY, -1)).toEqual([]);
    expect(times(-5, 0.5)).toEqual(['0=1']);
  });

  it('are kept once when sent twice, and apart when they differ', () => {
    const writer = new ExemplarWriter(store, 100);
    for (const one of [exemplar(10), exemplar(10), exemplar(10, 2), exemplar(10, 1, 'def')])
      writer.add(1, one);
    commit(writer);
    writer.add(1, exemplar(10));
    commit(writer);
    expect(read()[0]?.[1].toSorted()).toEqual(['10=1', '10=1', '10=2']);
  });

  it('keep their labels, and NaN as a value', () => {
    const writer = new ExemplarWriter(store, 100);
    writer.add(1, { labels: Labels.empty, value: Number.NaN, timestampMs: 5 });
    writer.add(1, exemplar(6, -0));
    commit(writer);
    const snapshot = store.environment.openSnapshot();
    const list = readExemplars(
      store,
      snapshot,
      ALL,
      () => true,
      () => undefined,
    ).get(1);
    snapshot.close();
    expect(list?.map(({ labels }) => labels.toString())).toEqual(['{}', '{trace_id="abc"}']);
    expect(list?.map(({ value }) => value)).toEqual([Number.NaN, -0]);
  });

  it('go oldest first above the bound, also after the database was opened again', () => {
    const writer = new ExemplarWriter(store, 5);
    for (let time = 1; time <= 8; time++) writer.add(1, exemplar(time));
    commit(writer);
    expect(read()).toEqual([[1, ['4=1', '5=1', '6=1', '7=1', '8=1']]]);
    const reopened = new ExemplarWriter(store, 5);
    reopened.add(2, exemplar(9));
    commit(reopened);
    expect(read()).toEqual([
      [1, ['5=1', '6=1', '7=1', '8=1']],
      [2, ['9=1']],
    ]);
  });

  it('cost none of the others when they are repeated at the bound', () => {
    const writer = new ExemplarWriter(store, 3);
    for (const time of [1, 2, 3]) writer.add(1, exemplar(time));
    commit(writer);
    for (const time of [2, 3, 3]) writer.add(1, exemplar(time));
    commit(writer);
    expect(read()).toEqual([[1, ['1=1', '2=1', '3=1']]]);
    for (const time of [4, 4, 2]) writer.add(1, exemplar(time));
    commit(writer);
    expect(read()).toEqual([[1, ['2=1', '3=1', '4=1']]]);
  });

  it('are not stored at all with a bound of 0', () => {
    const writer = new ExemplarWriter(store, 0);
    writer.add(1, exemplar(1));
    expect(writer.hasPending).toBe(false);
  });

  it('are removed when old or when their series is dropped', () => {
    const writer = new ExemplarWriter(store, 100);
    for (const ref of [1, 2, 3]) for (const time of [10, 20]) writer.add(ref, exemplar(time));
    commit(writer);
    writer.add(1, exemplar(30));
    store.environment.writeDurably(() => {
      writer.removeKeys(writer.findKeys(UNTIL_15, () => true));
      writer.removeSeries((ref) => ref === 2);
    });
    writer.markRemoved();
    expect(read()).toEqual([
      [1, ['20=1']],
      [3, ['20=1']],
    ]);
    commit(writer);
    expect(read()).toEqual([
      [1, ['20=1', '30=1']],
      [3, ['20=1']],
    ]);
  });

  it('that wait for the next commit outlast a removal of others', () => {
    const writer = new ExemplarWriter(store, 100);
    writer.add(1, exemplar(10));
    commit(writer);
    writer.add(2, exemplar(20));
    store.environment.writeDurably(() => writer.removeKeys(writer.findKeys(UNTIL_15, () => true)));
    writer.markRemoved();
    expect(writer.hasPending).toBe(true);
    commit(writer);
    expect(read()).toEqual([[2, ['20=1']]]);
  });

  it('are left out and reported when damaged', () => {
    const writer = new ExemplarWriter(store, 100);
    writer.add(1, exemplar(10));
    commit(writer);
    const { key, record } = encodeExemplar(2, exemplar(20));
    record[6]! ^= 1;
    store.environment.writeDurably(() => store.exemplars.put(key, record));
    const snapshot = store.environment.openSnapshot();
    const log = new DamageLog();
    const found = readExemplars(store, snapshot, ALL, () => true, log.report);
    snapshot.close();
    expect([...found.keys()]).toEqual([1]);
    expect(log.damages).toEqual([{ what: 'exemplar', where: 'series 2', reason: 'checksum differs' }]);
  });

  it.each([
    [exemplar(1, 1, 'x'.repeat(120)), true],
    [exemplar(1, 1, 'x'.repeat(121)), false],
    [exemplar(1, 1, '😀'.repeat(120)), true],
    [exemplar(1, 1, '\ud83d'), false],
    [exemplar(-1), false],
    [exemplar(1.5), false],
    [exemplar(2 ** 48 - 1), true],
    [exemplar(2 ** 48), false],
  ])('are checked: %o is valid: %s', (candidate, isValid) => {
    let code: string | undefined;
    try {
      checkExemplar(candidate);
    } catch (error) {
      code = errorCode(error);
    }
    expect(code).toBe(isValid ? undefined : ERR_EXEMPLAR_INVALID);
  });
});
