import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errorCode } from '@promontory/base';
import { ERR_METADATA_INVALID } from '../error-codes.ts';
import { type Damage, DamageLog } from '../store/damage.ts';
import { Store } from '../store/store.ts';
import type { MetricMetadata } from '@promontory/model';
import { checkMetadata, encodeMetadata, metadataKey } from './metadata-record.ts';
import { METADATA_PER_METRIC_MAX, MetadataWriter, readMetadata } from './metadata-store.ts';

const HOUR_MS = 3600 * 1000;
const ALL = { metricsMax: 0, sayingsPerMetricMax: 0 };

const BYTES_MAX = 1 << 20;

let directory = '';
let store: Store;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'promontory-metadata-'));
  store = new Store(directory);
});

afterEach(async () => {
  await store.close();
  rmSync(directory, { recursive: true, force: true });
});

function counter(help: string): MetricMetadata {
  return { type: 'counter', unit: 'seconds', help };
}

function commit(writer: MetadataWriter): void {
  store.environment.writeDurably(() => writer.putPending());
  writer.markStored();
}

function open(bytesMax = BYTES_MAX): MetadataWriter {
  return new MetadataWriter(store, bytesMax, (damage) => expect(damage).toBeUndefined());
}

function read(options: Parameters<typeof readMetadata>[2] = ALL): Record<string, string[]> {
  const snapshot = store.environment.openSnapshot();
  const damages: Damage[] = [];
  const byMetric = readMetadata(store, snapshot, options, (damage) => damages.push(damage));
  snapshot.close();
  expect(damages).toEqual([]);
  return Object.fromEntries([...byMetric].map(([name, sayings]) => [name, sayings.map(({ help }) => help)]));
}

describe('metadata', () => {
  it('is kept by metric, what different writers say side by side, the latest first', () => {
    const writer = open();
    writer.add('b_total', counter('old'), 1);
    writer.add('b_total', counter('new'), 2);
    writer.add('a_total', counter('other'), 1);
    writer.add('b_total', counter('old'), 2);
    commit(writer);
    expect(read()).toEqual({ a_total: ['other'], b_total: ['new', 'old'] });
    expect(read({ metricsMax: 1, sayingsPerMetricMax: 0 })).toEqual({ a_total: ['other'] });
    expect(read({ metricName: 'b_total', metricsMax: 0, sayingsPerMetricMax: 1 })).toEqual({
      b_total: ['new'],
    });
    expect(read({ metricName: 'b', metricsMax: 0, sayingsPerMetricMax: 0 })).toEqual({});
  });

  it('is bounded by the bytes of its texts, also after a restart', () => {
    const writer = open(100);
    // Name and unit take 8 bytes.
    expect(writer.add('a', counter('x'.repeat(50)), 1)).toBe(true);
    expect(writer.add('b', counter('x'.repeat(35)), 1)).toBe(false);
    expect(writer.refusal('b')).toMatch(/metric "b" .* 1 of 200000 .* 58 of 100 bytes .*metadataBytesMax/);
    expect(writer.add('b', counter('x'.repeat(34)), 1)).toBe(true);
    expect(writer.add('a', counter('x'.repeat(50)), 2)).toBe(true);
    commit(writer);
    const reopened = open(100);
    expect(reopened.add('c', counter(''), 2)).toBe(false);
    reopened.forget(2);
    expect(reopened.add('c', counter(''), 2)).toBe(true);
    commit(reopened);
    expect(Object.keys(read())).toEqual(['c']);
  });

  it('may be replaced by what is no longer when a metric has as many sayings as it may', () => {
    const writer = open(190);
    for (let saying = 0; saying < 10; saying++) writer.add('a', counter(`${saying}`.repeat(11)), saying);
    expect(writer.add('a', counter('x'.repeat(12)), 10)).toBe(false);
    expect(writer.add('a', counter('x'.repeat(11)), 10)).toBe(true);
    commit(writer);
    expect(read()['a']?.at(-1)).toBe('1'.repeat(11));
  });

  it('is not stored at all with a bound of 0', () => {
    const writer = open(0);
    expect(writer.add('a', counter('x'), 1)).toBe(true);
    expect(writer.hasPending).toBe(false);
  });

  it('is written once an hour when it is only repeated, also after a restart', () => {
    const writer = open();
    writer.add('a', counter('x'), 0);
    commit(writer);
    writer.add('a', counter('x'), HOUR_MS - 1);
    expect(writer.hasPending).toBe(false);
    const reopened = open();
    reopened.add('a', counter('x'), HOUR_MS - 1);
    expect(reopened.hasPending).toBe(false);
    reopened.add('a', counter('x'), HOUR_MS);
    expect(reopened.hasPending).toBe(true);
  });

  it('is bounded by metric: the saying that was longest not repeated goes', () => {
    const writer = open();
    for (let index = 0; index <= METADATA_PER_METRIC_MAX; index++) {
      writer.add('a', counter(`help ${index}`), index * HOUR_MS);
      if (index > 0) writer.add('a', counter('help 0'), index * HOUR_MS);
      commit(writer);
    }
    const helps = read()['a'] ?? [];
    expect(helps).toHaveLength(METADATA_PER_METRIC_MAX);
    expect(helps).toContain('help 0');
    expect(helps).not.toContain('help 1');
  });

  it('is forgotten when nobody repeats it', () => {
    const writer = open();
    writer.add('a', counter('x'), 5);
    writer.add('a', counter('y'), 6);
    writer.add('b', counter('z'), 5);
    commit(writer);
    writer.forget(6);
    commit(writer);
    expect(read()).toEqual({ a: ['y'] });
  });

  it('does not come back when it is forgotten before it was stored', () => {
    const writer = open();
    writer.add('a', counter('x'), 5);
    writer.forget(6);
    commit(writer);
    expect(read()).toEqual({});
  });

  it('is left out and reported when damaged', () => {
    const key = metadataKey('a', counter('x'));
    const record = encodeMetadata(key, counter('x'), 1);
    record[20]! ^= 4;
    store.environment.writeDurably(() => store.metadata.put(key, record));
    const log = new DamageLog();
    const writer = new MetadataWriter(store, BYTES_MAX, log.report);
    expect(log.damages).toEqual([{ what: 'metadata', where: 'a', reason: 'checksum differs' }]);
    writer.add('a', counter('x'), 2);
    commit(writer);
    expect(read()).toEqual({ a: ['x'] });
  });

  it.each<[string, string, MetricMetadata, boolean]>([
    ['a plain one', 'a', counter('x'), true],
    ['no name', '', counter('x'), false],
    ['a name that is too long', 'a'.repeat(901), counter('x'), false],
    ['empty texts', 'a', { type: 'unknown', unit: '', help: '' }, true],
    ['a long help', 'a', counter('x'.repeat(16_384)), true],
    ['a help that is too long', 'a', counter('x'.repeat(16_385)), false],
    ['a unit that is too long', 'a', { type: 'gauge', unit: 'x'.repeat(257), help: '' }, false],
    ['half of a surrogate pair', 'a', counter('\ud83d'), false],
    ['a strange type', 'a', { type: 'guess' as 'gauge', unit: '', help: '' }, false],
  ])('is checked: %s', (_what, name, metadata, isValid) => {
    let code: string | undefined;
    try {
      checkMetadata(name, metadata);
    } catch (error) {
      code = errorCode(error);
    }
    expect(code).toBe(isValid ? undefined : ERR_METADATA_INVALID);
  });
});
