import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock, PromontoryError } from '@promontory/base';
import {
  allocateSampleBatch,
  encodeLabelBytes,
  Labels,
  RejectionTally,
  SampleBatch,
} from '@promontory/model';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { BlockReader } from '../block/block-reader.ts';
import { ERR_STORE_READ } from '../error-codes.ts';
import { openTsdb } from '../open-tsdb.ts';
import { TsdbWriter } from '../tsdb-writer.ts';

const NOW_MS = 1_763_700_000_000;
const RETENTION_MS = 24 * 3600 * 1000;
const LABELS = Labels.fromObject({ __name__: 'up' });

let directory = '';
let clock = new ManualClock(NOW_MS);

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'series-task-'));
  clock = new ManualClock(NOW_MS);
});

afterEach(() => {
  vi.restoreAllMocks();
  rmSync(directory, { recursive: true });
});

it('keeps the series of a block that could not be read for a while', async () => {
  const tsdb = await openTsdb({ directory, clock });
  const appender = tsdb.appender();
  appender.append(LABELS, clock.nowMs(), 1);
  await appender.commit();
  await tsdb.flush();
  vi.spyOn(BlockReader.prototype, 'refs').mockImplementationOnce(() => {
    throw new PromontoryError('EMFILE', { code: ERR_STORE_READ, kind: 'unavailable' });
  });
  const maintainAll = async (): Promise<void> => {
    while (await tsdb.maintain());
  };
  await expect(maintainAll()).rejects.toMatchObject({ code: ERR_STORE_READ });
  await maintainAll();
  expect(tsdb.statistics.seriesDropped).toBe(0);
  await tsdb.close();
});

it('keeps a series whose only sample waits for its commit', async () => {
  const limits = { retentionMs: RETENTION_MS, headBytesMax: 1 << 24 };
  const writer = new TsdbWriter({ directory, clock, limits });
  const append = (): void => {
    const batch = new SampleBatch(allocateSampleBatch({ samplesMax: 1, labelBytesMax: 1000 }));
    const known = writer.fingerprintTable.find(1, 2, 3);
    batch.ref[0] = known === 0 ? batch.addNewSeries(1, 2, 3, encodeLabelBytes(LABELS)) : known;
    batch.timestampMs[0] = clock.nowMs();
    batch.sampleCount = 1;
    expect(writer.append(batch, new RejectionTally()).samples).toBe(1);
  };
  append();
  await writer.flush();
  clock.advance(2 * RETENTION_MS);
  append();
  while (await writer.maintain());
  expect(writer.statistics).toMatchObject({ blocksDropped: 1, seriesDropped: 0 });
  writer.commit();
  while (await writer.maintain());
  await writer.close();
  const tsdb = await openTsdb({ directory, clock, limits });
  const set = tsdb.select({ matchers: [], rangeStartMsInclusive: 0, rangeEndMsInclusive: clock.nowMs() });
  expect(set.seriesCount).toBe(1);
  set.close();
  await tsdb.close();
});
