/** histogram_count, _sum, _avg, _stddev and _stdvar: one number of every native histogram; floats are left out. */
import type { NativeHistogram } from '@promontory/model';
import { FLOAT, HISTOGRAM, type StepColumn } from '../../evaluate/step-column.ts';
import { histogramVariance } from '../../histogram/histogram-variance.ts';
import type { SeriesMetadata, VectorOperator } from '../operator.ts';
import { withoutNames } from './map-operator.ts';

export type HistogramValue = (histogram: NativeHistogram) => number;

export const HISTOGRAM_VALUES: Readonly<Record<string, HistogramValue>> = {
  histogram_count: ({ count }) => count,
  histogram_sum: ({ sum }) => sum,
  histogram_avg: ({ sum, count }) => sum / count,
  histogram_stddev: (histogram) => Math.sqrt(histogramVariance(histogram)),
  histogram_stdvar: histogramVariance,
};

export class HistogramValueOperator implements VectorOperator {
  readonly #operand: VectorOperator;
  readonly #value: HistogramValue;
  #series: readonly SeriesMetadata[] | null = null;

  constructor(operand: VectorOperator, value: HistogramValue) {
    this.#operand = operand;
    this.#value = value;
  }

  series(): readonly SeriesMetadata[] {
    this.#series ??= withoutNames(this.#operand.series());
    return this.#series;
  }

  read(seriesIndex: number, target: StepColumn): void {
    this.#operand.read(seriesIndex, target);
    const { kinds } = target;
    for (let step = 0; step < kinds.length;) {
      const end = target.blocks.endOf(step, kinds.length);
      for (; step < end; step++) {
        if (kinds[step] === HISTOGRAM) target.set(step, this.#value(target.histogram(step)));
        else if (kinds[step] === FLOAT) target.remove(step);
      }
    }
  }
}
