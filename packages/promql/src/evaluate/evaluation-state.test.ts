/** The small shared parts of an evaluation. */
import { errorCode } from '@promontory/base';
import { Labels } from '@promontory/model';
import { describe, expect, it } from 'vitest';
import { ERR_QUERY_EXECUTION, ERR_QUERY_MEMORY_MAX, ERR_QUERY_SAMPLES_MAX } from '../error-codes.ts';
import { ColumnPool } from './column-pool.ts';
import { CompensatedSum } from './compensated-sum.ts';
import { goMax, goMin } from './go-math.ts';
import { LabelBudget, MADE_LABEL_BYTES_MAX, MADE_LABEL_VALUE_BYTES_MAX } from './label-budget.ts';
import { quantileOf } from './quantile.ts';
import { QueryBudget } from './query-budget.ts';
import { FLOAT } from './step-column.ts';
import { TimeGrid } from './time-grid.ts';
import { UNWATCHED_BLOCKS } from './work-blocks.ts';

describe('ColumnPool', () => {
  it('lends columns of the right length, cleared, again and again', () => {
    const pool = new ColumnPool(new QueryBudget({ samplesMax: 100, memoryBytesMax: 1e6 }), UNWATCHED_BLOCKS);
    const first = pool.acquire(3);
    first.set(1, 7);
    const second = pool.acquire(4);
    expect([first.stepCount, second.stepCount, pool.lentCount]).toEqual([3, 4, 2]);
    pool.release(first);
    pool.release(second);
    expect(pool.acquire(3)).toBe(first);
    expect(first.count(FLOAT)).toBe(0);
    expect(pool.lentCount).toBe(1);
  });

  it('refuses columns that no query could fill', () => {
    const pool = new ColumnPool(new QueryBudget({ samplesMax: 100, memoryBytesMax: 1e6 }), UNWATCHED_BLOCKS);
    expect(() => pool.acquire(101)).toThrow(/too many samples/);
  });
});

describe('QueryBudget', () => {
  it('counts what is held, remembers the most, and refuses more', () => {
    const budget = new QueryBudget({ samplesMax: 10, memoryBytesMax: 1e6 });
    budget.hold(6);
    budget.release(4);
    budget.hold(8);
    expect(budget.peakSamples).toBe(10);
    let code: string | undefined;
    try {
      budget.hold(1);
    } catch (error) {
      code = errorCode(error);
    }
    expect(code).toBe(ERR_QUERY_SAMPLES_MAX);
  });

  it('counts samples, lists of series and texts as bytes together', () => {
    const budget = new QueryBudget({ samplesMax: 1000, memoryBytesMax: 2000 });
    budget.hold(100);
    budget.holdSeries(Labels.fromObject({ a: 'b' }));
    budget.release(50);
    expect(budget.peakBytes).toBe(1600 + 144);
    budget.holdBytes(1056);
    expect(() => budget.holdBytes(1)).toThrow(expect.objectContaining({ code: ERR_QUERY_MEMORY_MAX }));
  });
});

describe('LabelBudget', () => {
  it('bounds every value and all of them together', () => {
    const budget = new LabelBudget(new QueryBudget({ samplesMax: 1, memoryBytesMax: 1e12 }));
    expect(() => budget.hold('x'.repeat(MADE_LABEL_VALUE_BYTES_MAX + 1))).toThrow(/label value too long/);
    const longest = 'x'.repeat(MADE_LABEL_VALUE_BYTES_MAX);
    const count = MADE_LABEL_BYTES_MAX / MADE_LABEL_VALUE_BYTES_MAX;
    for (let index = 0; index < count; index++) budget.hold(longest);
    expect(() => budget.hold('x')).toThrow(
      expect.objectContaining({
        code: ERR_QUERY_EXECUTION,
        message: 'query makes too much label text; the limit is 268435456 bytes',
      }),
    );
  });
});

describe('CompensatedSum', () => {
  it.each([
    [[1, 1e100, 1, -1e100], 2],
    [[0.1, 0.2, 0.3, -0.6], 2.7755575615628914e-17],
    [[Infinity, 1], Infinity],
    [[Infinity, -Infinity], NaN],
  ])('adds up %j', (values, total) => {
    const sum = new CompensatedSum();
    for (const value of values) sum.add(value);
    expect(sum.total).toBe(total);
  });
});

describe('quantileOf', () => {
  it.each([
    [0.5, [3, 1, 2], 2],
    [0.25, [4, 1, 2, 3], 1.75],
    [1, [1, 2], 2],
    [0.8, [0, 1, NaN], 0.6000000000000001],
    [0, [1, NaN], NaN],
    [0.5, [], NaN],
    [NaN, [1], NaN],
    [-0.1, [1], -Infinity],
    [1.1, [1], Infinity],
  ])('%d of %j', (quantile, values, expected) => {
    expect(quantileOf(quantile, Float64Array.from(values), values.length, UNWATCHED_BLOCKS)).toBe(expected);
  });
});

describe('goMin, goMax', () => {
  it('prefer their infinity to NaN and NaN to numbers', () => {
    expect([goMin(NaN, -Infinity), goMin(NaN, Infinity), goMin(1, 2)]).toEqual([-Infinity, NaN, 1]);
    expect([goMax(Infinity, NaN), goMax(-Infinity, NaN), goMax(1, 2)]).toEqual([Infinity, NaN, 2]);
  });
});

describe('TimeGrid', () => {
  it('holds the steps that are not after the end', () => {
    expect(TimeGrid.between(10, 29, 10).stepCount).toBe(2);
    expect(TimeGrid.between(10, 30, 10).endMs).toBe(30);
    expect(TimeGrid.between(10, 0, 10).stepCount).toBe(0);
  });
});
