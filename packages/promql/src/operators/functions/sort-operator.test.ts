import { ManualClock } from '@promontory/base';
import { Labels } from '@promontory/model';
import { expect, it } from 'vitest';
import { QueryContext } from '../../evaluate/query-context.ts';
import { StepColumn } from '../../evaluate/step-column.ts';
import type { VectorOperator } from '../operator.ts';
import { orderByValue, SortOperator } from './sort-operator.ts';

const limits = { samplesMax: 100, memoryBytesMax: 1e6, durationMsMax: 1000, stepsMax: 1 };
const context = new QueryContext({ text: '', limits, isCancelled: () => false, clock: new ManualClock(0) });

/** Values of one step; null for none. */
function vectorOf(values: readonly (number | null)[]): VectorOperator {
  const series = values.map((value) => ({
    labels: Labels.fromObject({ value: String(value) }),
    dropName: false,
  }));
  return {
    series: () => series,
    read: (index, target) => {
      target.clear();
      const value = values[index] ?? null;
      if (value !== null) target.set(0, value);
    },
  };
}

it('lists the series that have a value in their order, always the same list', () => {
  const operator = new SortOperator(context, vectorOf([3, null, NaN, 1]), orderByValue(false), true);
  const series = operator.series();
  expect(series.map(({ labels }) => labels.get('value'))).toEqual(['1', '3', 'NaN']);
  expect(operator.series()).toBe(series);
  const column = new StepColumn(1);
  operator.read(1, column);
  expect(column.values[0]).toBe(3);
});
