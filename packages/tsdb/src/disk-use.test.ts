/**
 * What a small database takes on disk once its samples lie in a block. Pages count whole and freed ones stay in
 * their file, so a small database shows waste that a large one hides.
 */
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock, SeededRandom } from '@promontory/base';
import { Labels } from '@promontory/model';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openTsdb } from './index.ts';

const START_MS = 1_763_700_000_000;
const SERIES_COUNT = 1000;
const SAMPLES_PER_SERIES = 120;
const INTERVAL_MS = 15_000;
/** Of a `stat` block, whatever the disk's own blocks are. */
const STAT_BLOCK_BYTES = 512;

let directory = '';

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tsdb-disk-use-'));
});

afterEach(() => rm(directory, { recursive: true }));

function seriesLabels(): Labels[] {
  return Array.from({ length: SERIES_COUNT }, (_, index) =>
    Labels.fromObject({
      __name__: `http_server_requests_${index % 50}_total`,
      instance: '10.0.0.7:9100',
      job: 'api',
      handler: `/api/v1/items/${Math.floor(index / 50)}`,
      code: ['200', '404', '500'][index % 3]!,
    }),
  );
}

async function dataFileBytes(): Promise<{ index: number; blocks: number }> {
  const bytes = { index: 0, blocks: 0 };
  for (const entry of await readdir(directory, { recursive: true })) {
    if (!entry.endsWith('data.mdb')) continue;
    const { blocks } = await stat(join(directory, entry));
    if (entry.startsWith('main')) bytes.index += blocks * STAT_BLOCK_BYTES;
    if (entry.startsWith('blocks')) bytes.blocks += blocks * STAT_BLOCK_BYTES;
  }
  return bytes;
}

it('keeps 1,000 series of real shape within 150 bytes a series of index and 1.3 bytes a sample', async () => {
  const clock = new ManualClock(START_MS);
  const random = new SeededRandom(3);
  const series = seriesLabels();
  const totals = new Float64Array(SERIES_COUNT);
  const tsdb = await openTsdb({ directory, clock });
  const appender = tsdb.appender();
  for (let round = 0; round < SAMPLES_PER_SERIES; round++) {
    for (const [index, labels] of series.entries())
      appender.append(labels, clock.nowMs(), (totals[index]! += random.nextInt(100)));
    await appender.commit();
    await tsdb.maintain();
    clock.advance(INTERVAL_MS);
  }
  await tsdb.flush();
  await tsdb.close();

  const { index, blocks } = await dataFileBytes();
  expect(index / SERIES_COUNT).toBeLessThan(150);
  expect(blocks / (SERIES_COUNT * SAMPLES_PER_SERIES)).toBeLessThan(1.3);
  expect(blocks).toBeGreaterThan(SERIES_COUNT * SAMPLES_PER_SERIES * 0.5);
});
