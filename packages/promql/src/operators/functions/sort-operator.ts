/**
 * sort, sort_desc, sort_by_label and sort_by_label_desc. Only a single step has an order: there all values
 * are read to find it, and only the series that have one are kept. Over a range the operand passes through.
 */
import { compareLabels, type NativeHistogram } from '@promontory/model';
import type { QueryContext } from '../../evaluate/query-context.ts';
import { FLOAT, HISTOGRAM, type StepColumn } from '../../evaluate/step-column.ts';
import type { SeriesMetadata, VectorOperator } from '../operator.ts';
import { compareNaturally } from './natural-order.ts';

interface SortEntry {
  readonly series: SeriesMetadata;
  readonly value: number;
  /** Has no place among values; null for floats. */
  readonly histogram: NativeHistogram | null;
}

/** An entry beside its value, and its places in the lists of entries and of series. */
const ENTRY_BYTES = 48;

export interface SortOrder {
  /** Leaves histograms out. */
  readonly floatsOnly: boolean;
  compare(left: SortEntry, right: SortEntry): number;
}

/** NaN last in both directions. */
export function orderByValue(descending: boolean): SortOrder {
  const compare: SortOrder['compare'] = (left, right) => {
    const leftIsNaN = Number.isNaN(left.value);
    if (leftIsNaN || Number.isNaN(right.value)) return Number(leftIsNaN) - Number(Number.isNaN(right.value));
    const order = left.value < right.value ? -1 : Number(left.value > right.value);
    return descending ? -order : order;
  };
  return { floatsOnly: true, compare };
}

/** By the named labels in natural order, then by all labels. */
export function orderByLabels(names: readonly string[], descending: boolean): SortOrder {
  const compare: SortOrder['compare'] = (left, right) => {
    let order = 0;
    for (const name of names) {
      order = compareNaturally(left.series.labels.get(name), right.series.labels.get(name));
      if (order !== 0) break;
    }
    if (order === 0) order = compareLabels(left.series.labels, right.series.labels);
    return descending ? -order : order;
  };
  return { floatsOnly: false, compare };
}

export class SortOperator implements VectorOperator {
  readonly #context: QueryContext;
  readonly #operand: VectorOperator;
  readonly #order: SortOrder;
  readonly #isSingleStep: boolean;
  #sorted: readonly SortEntry[] | null = null;
  #series: readonly SeriesMetadata[] | null = null;

  constructor(context: QueryContext, operand: VectorOperator, order: SortOrder, isSingleStep: boolean) {
    this.#context = context;
    this.#operand = operand;
    this.#order = order;
    this.#isSingleStep = isSingleStep;
  }

  series(): readonly SeriesMetadata[] {
    if (!this.#isSingleStep) return this.#operand.series();
    this.#sorted ??= this.#sort();
    this.#series ??= this.#sorted.map((entry) => entry.series);
    return this.#series;
  }

  read(seriesIndex: number, target: StepColumn): void {
    if (!this.#isSingleStep) {
      this.#operand.read(seriesIndex, target);
      if (this.#order.floatsOnly) target.removeHistograms();
      return;
    }
    this.#sorted ??= this.#sort();
    const entry = this.#sorted[seriesIndex];
    target.clear();
    if (entry === undefined) return;
    if (entry.histogram === null) target.set(0, entry.value);
    else target.setHistogram(0, entry.histogram);
  }

  #sort(): SortEntry[] {
    const entries: SortEntry[] = [];
    const column = this.#context.pool.acquire(1);
    for (const [seriesIndex, series] of this.#operand.series().entries()) {
      this.#context.tick();
      this.#operand.read(seriesIndex, column);
      const kind = column.kinds[0];
      if (kind === FLOAT) entries.push({ series, value: column.values[0] ?? NaN, histogram: null });
      else if (kind === HISTOGRAM && !this.#order.floatsOnly) {
        entries.push({ series, value: NaN, histogram: column.histogram(0) });
      }
    }
    this.#context.pool.release(column);
    this.#context.budget.hold(entries.length);
    this.#context.budget.holdBytes(entries.length * ENTRY_BYTES);
    return entries.sort((left, right) => {
      this.#context.tick();
      return this.#order.compare(left, right);
    });
  }
}
