import { describe, expect, it } from 'vitest';
import { PromontoryError } from '@promontory/base';
import { SLAB_PAGE_BYTES } from './body-slab.ts';
import { JobTable } from './job-table.ts';

const JOBS = 4;
/** More than a request can be refused for: those of labels and samples, and those of OTLP. */
const REASONS_MAX = 32;

function newTable(): { table: JobTable; slab: Uint8Array } {
  const slabMemory = new SharedArrayBuffer(JOBS * SLAB_PAGE_BYTES);
  const table = new JobTable(JobTable.allocate(JOBS), slabMemory);
  for (let job = 0; job < JOBS; job++) table.begin(job, 'remote-write-1', job * SLAB_PAGE_BYTES, 5);
  return { table, slab: new Uint8Array(slabMemory) };
}

describe('JobTable', () => {
  it('shows the body where it was put', () => {
    const { table, slab } = newTable();
    slab.set([1, 2, 3, 4, 5, 6], SLAB_PAGE_BYTES);
    expect([...table.unsafeViewBody(1)]).toEqual([1, 2, 3, 4, 5]);
  });

  it('gives back what each stage said, for each job its own', () => {
    const { table } = newTable();
    const rejection = { code: 'ERR_SAMPLE_DUPLICATE', count: 3, example: 'série{"x"} ✓' };
    const written = { samples: 123_456, histograms: 789, exemplars: 1, metadata: 2 };
    const leftOut = [{ code: 'ERR_EXEMPLAR_INVALID', count: 2 }];
    const warnings = [{ category: 'exemplar_dropped', count: 3 }];
    table.setDecoded(0, 7);
    table.setDataPoints(0, 9);
    table.setRefused(0, { rejections: [rejection], leftOut, warnings });
    table.setWritten(0, written);
    table.begin(1, 'remote-write-2', 0, 5);
    table.setDecoded(1, 2);
    table.setWritten(1, { ...written, samples: 1 });
    expect([table.formatOf(0), table.formatOf(1)]).toEqual(['remote-write-1', 'remote-write-2']);
    expect([table.batchOf(0), table.batchOf(1)]).toEqual([7, 2]);
    expect(table.outcome(0)).toEqual({
      written,
      rejections: [rejection],
      leftOut,
      warnings,
      dataPoints: 9,
      failure: null,
    });
    expect(table.outcome(1)).toMatchObject({ written: { ...written, samples: 1 }, failure: null });
  });

  it('is seen by another view of the same memory', () => {
    const slab = new SharedArrayBuffer(SLAB_PAGE_BYTES);
    const memory = JobTable.allocate(1);
    const [writer, reader] = [new JobTable(memory, slab), new JobTable(memory, slab)];
    writer.begin(0, 'remote-write-1', 0, 1);
    const rejections = [{ code: 'ERR_A', count: 1, example: 'a' }];
    writer.setRefused(0, { rejections, leftOut: [], warnings: [] });
    expect(reader.refused(0)).toEqual({ rejections, leftOut: [], warnings: [] });
  });

  it('replaces rejections, also by fewer', () => {
    const { table } = newTable();
    const rejections = ['ERR_A', 'ERR_B'].map((code) => ({ code, count: 1, example: code }));
    table.setRefused(0, { rejections, leftOut: [], warnings: [] });
    table.setRefused(0, { rejections: rejections.slice(1), leftOut: [], warnings: [] });
    expect(table.refused(0).rejections).toEqual(rejections.slice(1));
    table.setRefused(0, { rejections: [], leftOut: [], warnings: [] });
    expect(table.refused(0)).toEqual({ rejections: [], leftOut: [], warnings: [] });
  });

  it('a failure takes back what was written and rejected', () => {
    const { table } = newTable();
    table.setRefused(0, {
      rejections: [{ code: 'ERR_A', count: 1, example: 'a' }],
      leftOut: [],
      warnings: [],
    });
    table.setWritten(0, { samples: 5, histograms: 5, exemplars: 1, metadata: 1 });
    table.setFailed(0, new PromontoryError('cannot write', { code: 'ERR_STORE_WRITE', kind: 'unavailable' }));
    expect(table.outcome(0)).toMatchObject({
      written: { samples: 0, histograms: 0, exemplars: 0, metadata: 0 },
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
    expect([table.outcome(0).failure, table.outcome(1).failure]).toMatchObject([
      { code: 'ERR_INTERNAL', kind: 'internal', message: 'odd', context: {} },
      { code: 'ENOSPC', kind: 'internal', message: 'full', context: {} },
    ]);
  });

  it('says where a fault of the server arose, and of no other error', () => {
    const { table } = newTable();
    table.setFailed(0, new RangeError('✓'.repeat(10_000)));
    table.setFailed(1, new TypeError('odd'));
    expect(table.outcome(0).failure?.detail).toBe(`RangeError: ${'✓'.repeat(3988)}`);
    expect(table.outcome(1).failure?.detail).toMatch(/^TypeError: odd\n +at .*job-table\.test\.ts/);
    table.setFailed(0, new PromontoryError('no', { code: 'ERR_X', kind: 'bad-data' }));
    expect(table.outcome(0).failure?.detail).toBe('');
  });

  it('holds an example of every reason at its longest, in the characters that take most', () => {
    const { table } = newTable();
    const rejections = Array.from({ length: REASONS_MAX }, (_, index) => ({
      code: `ERR_LABEL_VALUE_BYTES_MAX_${index}`,
      count: Number.MAX_SAFE_INTEGER,
      example: '\u0001'.repeat(5000),
    }));
    table.setRefused(0, { rejections, leftOut: [], warnings: [] });
    const kept = table.refused(0).rejections;
    expect(kept.map(({ code, count }) => ({ code, count }))).toEqual(
      rejections.map(({ code, count }) => ({ code, count })),
    );
    const example = kept.at(-1)?.example ?? '';
    expect(example.length).toBeGreaterThan(100);
    expect('\u0001'.repeat(5000).startsWith(example)).toBe(true);
  });

  it('starts afresh with the next body', () => {
    const { table } = newTable();
    table.setDataPoints(0, 5);
    table.setFailed(0, new Error('x'));
    table.begin(0, 'remote-write-1', 0, 2);
    expect(table.outcome(0)).toEqual({
      written: { samples: 0, histograms: 0, exemplars: 0, metadata: 0 },
      rejections: [],
      leftOut: [],
      warnings: [],
      dataPoints: 0,
      failure: null,
    });
  });
});
