import { FingerprintTable, LookupEpochs } from '@promontory/tsdb/threads';
import { compress, DEFAULT_SERIES_LABEL_LIMITS, encodeWriteRequest } from '@promontory/wire';
import { MessageChannel } from 'node:worker_threads';
import { afterEach, expect, it, vi } from 'vitest';
import { DecodeStage } from './decode-stage.ts';
import { JobTable } from './job-table.ts';
import { allocatePipeline, PipelineControl } from './pipeline-memory.ts';
import { EMPTY, SharedRing } from './shared-ring.ts';

afterEach(() => vi.restoreAllMocks());

it('ends when the pipeline stops while no batch comes free', () => {
  const slab = new SharedArrayBuffer(1 << 16);
  const memory = allocatePipeline(slab, { decodeThreads: 1, decodedBytesMax: 1 << 14 });
  const jobs = new JobTable(memory.jobs, memory.slab);
  const body = compress(encodeWriteRequest({ series: [], metadata: [] }));
  new Uint8Array(slab).set(body);
  jobs.begin(3, 'remote-write-1', 0, body.length);
  new SharedRing(memory.submitted).push(3);
  const { port1, port2 } = new MessageChannel();
  const stage = new DecodeStage({
    memory,
    fingerprintKey: Int32Array.of(1, 2, 3),
    table: new FingerprintTable().memory,
    tablePort: port2,
    lookupEpochs: LookupEpochs.allocate(8),
    labelLimits: DEFAULT_SERIES_LABEL_LIMITS,
    decodedBytesMax: 1 << 14,
  });
  vi.spyOn(SharedRing.prototype, 'sleep').mockImplementation(() => new PipelineControl(memory).stop());
  stage.run();
  port1.close();
  const completed = new SharedRing(memory.completed);
  expect([completed.pop(), completed.pop()]).toEqual([3, EMPTY]);
  expect(jobs.outcome(3).failure).toMatchObject({ code: 'ERR_STOPPING', kind: 'unavailable' });
});
