import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { allocateSampleBatch, RejectionTally, SampleBatch } from '@promontory/model';
import { TsdbWriter } from '@promontory/tsdb/threads';
import { StorageFigures } from './storage-figures.ts';

it('readers see every figure of the writer under its own name', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'promontory-figures-'));
  const writer = new TsdbWriter({ directory, limits: { seriesMax: 1000, headBytesMax: 1 << 24 } });
  const memory = StorageFigures.allocate();
  const [published, read] = [new StorageFigures(memory), new StorageFigures(memory)];
  const batch = new SampleBatch(allocateSampleBatch({ samplesMax: 10, labelBytesMax: 1000 }));
  expect(writer.append(batch, new RejectionTally()).samples).toBe(0);
  writer.commit();
  published.publish(writer);
  published.countMaintenanceFailure();
  published.countMaintenanceFailure();
  expect(read.read()).toEqual({
    ...writer.statistics,
    series: writer.seriesCount,
    damages: 0,
    maintenanceFailures: 2,
    isMaintenanceFailing: true,
  });
  published.clearMaintenanceFailure();
  expect(read.read()).toMatchObject({ maintenanceFailures: 2, isMaintenanceFailing: false });
  await writer.close();
  await rm(directory, { recursive: true });
});
