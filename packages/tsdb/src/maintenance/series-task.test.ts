import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock, PromontoryError } from '@promontory/base';
import { Labels } from '@promontory/model';
import { expect, it, vi } from 'vitest';
import { BlockReader } from '../block/block-reader.ts';
import { ERR_STORE_READ } from '../error-codes.ts';
import { openTsdb } from '../open-tsdb.ts';

it('keeps the series of a block that could not be read for a while', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'series-task-'));
  const clock = new ManualClock(1_763_700_000_000);
  const tsdb = await openTsdb({ directory, clock });
  const appender = tsdb.appender();
  appender.append(Labels.fromObject({ __name__: 'up' }), clock.nowMs(), 1);
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
  rmSync(directory, { recursive: true });
});
