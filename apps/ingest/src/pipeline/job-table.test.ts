import { describe, expect, it } from 'vitest';
import { PromontoryError } from '@promontory/base';
import { SLAB_PAGE_BYTES } from './body-slab.ts';
import { JobTable } from './job-table.ts';

const JOBS = 4;

function newTable(): { table: JobTable; slab: Uint8Array } {
  const slabMemory = new SharedArrayBuffer(JOBS * SLAB_PAGE_BYTES);
  const table = new JobTable(JobTable.allocate(JOBS), slabMemory);
  for (let job = 0; job < JOBS; job++) table.begin(job, job * SLAB_PAGE_BYTES, 5);
  return { table, slab: new Uint8Array(slabMemory) };
}

const NO_EXTRAS = { exemplarCount: 0, metadataCount: 0 };

describe('JobTable', () => {
  it('shows the body where it was put', () => {
    const { table, slab } = newTable();
    slab.set([1, 2, 3, 4, 5, 6], SLAB_PAGE_BYTES);
    expect([...table.unsafeViewBody(1)]).toEqual([1, 2, 3, 4, 5]);
  });

  it('gives back what each stage said, for each job its own', () => {
    const { table } = newTable();
    const rejection = { code: 'ERR_SAMPLE_DUPLICATE', count: 3, example: 'série{"x"} ✓' };
    table.setDecoded(0, 7, { exemplarCount: 1, metadataCount: 2 });
    table.setRejections(0, [rejection]);
    table.setWritten(0, { samplesWritten: 123_456, histogramsWritten: 789 });
    table.setDecoded(1, 2, NO_EXTRAS);
    table.setWritten(1, { samplesWritten: 1, histogramsWritten: 0 });
    expect([table.batchOf(0), table.batchOf(1)]).toEqual([7, 2]);
    expect(table.outcome(0)).toEqual({
      samplesWritten: 123_456,
      histogramsWritten: 789,
      exemplarCount: 1,
      metadataCount: 2,
      rejections: [rejection],
      failure: null,
    });
    expect(table.outcome(1)).toMatchObject({ samplesWritten: 1, histogramsWritten: 0, failure: null });
  });

  it('is seen by another view of the same memory', () => {
    const slab = new SharedArrayBuffer(SLAB_PAGE_BYTES);
    const memory = JobTable.allocate(1);
    const [writer, reader] = [new JobTable(memory, slab), new JobTable(memory, slab)];
    writer.begin(0, 0, 1);
    writer.setRejections(0, [{ code: 'ERR_A', count: 1, example: 'a' }]);
    expect(reader.rejections(0)).toEqual([{ code: 'ERR_A', count: 1, example: 'a' }]);
  });

  it('replaces rejections, also by fewer', () => {
    const { table } = newTable();
    const rejections = ['ERR_A', 'ERR_B'].map((code) => ({ code, count: 1, example: code }));
    table.setRejections(0, rejections);
    table.setRejections(0, rejections.slice(1));
    expect(table.rejections(0)).toEqual(rejections.slice(1));
    table.setRejections(0, []);
    expect(table.rejections(0)).toEqual([]);
  });

  it('a failure takes back what was written and rejected', () => {
    const { table } = newTable();
    table.setRejections(0, [{ code: 'ERR_A', count: 1, example: 'a' }]);
    table.setWritten(0, { samplesWritten: 5, histogramsWritten: 5 });
    table.setFailed(0, new PromontoryError('cannot write', { code: 'ERR_STORE_WRITE', kind: 'unavailable' }));
    expect(table.outcome(0)).toMatchObject({
      samplesWritten: 0,
      histogramsWritten: 0,
      rejections: [],
      failure: { code: 'ERR_STORE_WRITE', kind: 'unavailable', message: 'cannot write' },
    });
  });

  it('keeps of an error what its answer depends on', () => {
    const { table } = newTable();
    const context = { scope: 'instance', retryAfterMs: 2500, directory: '/var/lib' };
    table.setFailed(0, new PromontoryError('busy', { code: 'ERR_X', kind: 'overload', context }));
    expect(table.outcome(0).failure?.context).toEqual({ scope: 'instance', retryAfterMs: 2500 });
  });

  it('names what was thrown by others', () => {
    const { table } = newTable();
    table.setFailed(0, new TypeError('odd'));
    table.setFailed(1, Object.assign(new Error('full'), { code: 'ENOSPC' }));
    expect([table.outcome(0).failure, table.outcome(1).failure]).toEqual([
      { code: 'ERR_INTERNAL', kind: 'internal', message: 'odd', context: {} },
      { code: 'ENOSPC', kind: 'internal', message: 'full', context: {} },
    ]);
  });

  it('holds an example of every reason at its longest, in the characters that take most', () => {
    const { table } = newTable();
    const rejections = Array.from({ length: 12 }, (_, index) => ({
      code: `ERR_LABEL_VALUE_BYTES_MAX_${index}`,
      count: Number.MAX_SAFE_INTEGER,
      example: '\u0001'.repeat(5000),
    }));
    table.setRejections(0, rejections);
    const kept = table.rejections(0);
    expect(kept.map(({ code, count }) => ({ code, count }))).toEqual(
      rejections.map(({ code, count }) => ({ code, count })),
    );
    const example = kept[11]?.example ?? '';
    expect(example.length).toBeGreaterThan(100);
    expect('\u0001'.repeat(5000).startsWith(example)).toBe(true);
  });

  it('starts afresh with the next body', () => {
    const { table } = newTable();
    table.setFailed(0, new Error('x'));
    table.begin(0, 0, 2);
    expect(table.outcome(0)).toEqual({
      samplesWritten: 0,
      histogramsWritten: 0,
      exemplarCount: 0,
      metadataCount: 0,
      rejections: [],
      failure: null,
    });
  });
});
