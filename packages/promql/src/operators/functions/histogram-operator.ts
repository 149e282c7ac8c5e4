// HOT PATH: one pass over a histogram's bucket columns per step, no allocation per step.
/**
 * Functions of histograms, classic and native. Input series that differ in `le` only are the buckets of one classic
 * histogram; a series without `le` may hold native ones. What has the same labels is one output, and has no value
 * where both kinds meet.
 *
 * Reading an output pulls the columns of its buckets, sorted by bound, and evaluates all its values at once: the series
 * that take them, its variants, stand beside each other and are usually read one after the other.
 */
import { METRIC_NAME, type Labels, type NativeHistogram } from '@promontory/model';
import type { QueryContext } from '../../evaluate/query-context.ts';
import { FLOAT, HISTOGRAM, StepColumn } from '../../evaluate/step-column.ts';
import { parseGoFloat } from '../../parser/number-literal.ts';
import type { SeriesMetadata, VectorOperator } from '../operator.ts';
import type { Buckets } from './bucket-math.ts';

const BUCKET_LABEL = 'le';
const BUCKET_LABELS: ReadonlySet<string> = new Set([BUCKET_LABEL]);

/** What the functions differ in. Output series are histograms × variants. */
export interface HistogramFunction {
  /** How many values a histogram has at a step: one, or one for each quantile of a list. */
  readonly valueCount: number;
  /** As many, or more where the quantiles change over the steps. */
  readonly variantCount: number;
  /** The labels of a variant's series. */
  labels(histogram: Labels, variant: number): Labels;
  /** Which of the values the variant takes. */
  valueOf(variant: number): number;
  /** The steps at which the value is the variant's; null: all. */
  stepsOf(variant: number): readonly number[] | null;
  /**
   * What follows is about this histogram.
   *
   * @param isTold it was all told before: the histogram is only read again
   */
  begin(metricName: string, isTold: boolean): void;
  /** The value of one step, from the classic buckets that have a sample there (at least one). */
  ofClassic(value: number, step: number, buckets: Buckets): number;
  ofNative(value: number, step: number, histogram: NativeHistogram): number;
}

/** What is told about the input. */
export interface HistogramNotes {
  /** A series has floats and no `le` that is a number. */
  badBucket(metricName: string, bucketLabel: string): void;
  /** A classic and a native histogram of the same labels meet at a step. */
  mixed(metricName: string): void;
}

interface Output {
  readonly labels: Labels;
  /** Classic buckets, ascending by bound. */
  readonly buckets: { readonly seriesIndex: number; readonly upperBound: number }[];
  /** The series that may hold native histograms, or -1. */
  nativeIndex: number;
  wasRead: boolean;
}

export class HistogramOperator implements VectorOperator {
  readonly #context: QueryContext;
  readonly #operand: VectorOperator;
  readonly #function: HistogramFunction;
  readonly #stepCount: number;
  readonly #notes: HistogramNotes;
  #outputs: readonly Output[] | null = null;
  #series: SeriesMetadata[] = [];
  /** The values of the output that was read last. */
  readonly #values: StepColumn[] = [];
  #heldOutput: Output | null = null;

  constructor(
    context: QueryContext,
    operand: VectorOperator,
    stepCount: number,
    histogramFunction: HistogramFunction,
    notes: HistogramNotes,
  ) {
    this.#context = context;
    this.#operand = operand;
    this.#stepCount = stepCount;
    this.#function = histogramFunction;
    this.#notes = notes;
  }

  series(): readonly SeriesMetadata[] {
    this.#list();
    return this.#series;
  }

  read(seriesIndex: number, target: StepColumn): void {
    const { variantCount } = this.#function;
    const output = this.#list()[Math.floor(seriesIndex / variantCount)];
    target.clear();
    if (output === undefined) return;
    if (this.#heldOutput !== output) this.#evaluate(output);
    const variant = seriesIndex % variantCount;
    const column = this.#values[this.#function.valueOf(variant)];
    if (column === undefined) return;
    const steps = this.#function.stepsOf(variant);
    if (steps === null) {
      target.setFloats(column.values, column.kinds);
    } else for (const step of steps) target.copyStep(column, step, step);
  }

  #evaluate(output: Output): void {
    this.#heldOutput = null;
    this.#clearValues();
    const columns = output.buckets.map(({ seriesIndex }) => this.#readInput(seriesIndex));
    const native = output.nativeIndex < 0 ? null : this.#readInput(output.nativeIndex);
    this.#walk(output, columns, native);
    if (native !== null) this.#context.pool.release(native);
    for (const column of columns) this.#context.pool.release(column);
    this.#heldOutput = output;
  }

  #clearValues(): void {
    while (this.#values.length < this.#function.valueCount) {
      this.#context.budget.hold(this.#stepCount);
      this.#values.push(new StepColumn(this.#stepCount));
    }
    for (const column of this.#values) column.clear();
  }

  #readInput(seriesIndex: number): StepColumn {
    const column = this.#context.pool.acquire(this.#stepCount);
    this.#operand.read(seriesIndex, column);
    return column;
  }

  #walk(output: Output, columns: readonly StepColumn[], native: StepColumn | null): void {
    const upperBound = new Float64Array(columns.length);
    const cumulativeCount = new Float64Array(columns.length);
    const buckets: Buckets = { upperBound, cumulativeCount, count: 0 };
    const metricName = output.labels.get(METRIC_NAME);
    this.#function.begin(metricName, output.wasRead);
    output.wasRead = true;
    if (native?.kinds.includes(FLOAT) === true) {
      this.#notes.badBucket(metricName, output.labels.get(BUCKET_LABEL));
    }
    let isMixed = false;
    for (let step = 0; step < this.#stepCount;) {
      const end = this.#context.blocks.endOf(step, this.#stepCount);
      for (; step < end; step++) {
        const hasNative = native !== null && native.kinds[step] === HISTOGRAM;
        gatherBuckets(output, columns, step, buckets);
        if (hasNative && buckets.count > 0) isMixed = true;
        else if (hasNative) this.#setNative(step, native.histogram(step));
        else if (buckets.count > 0) this.#setClassic(output, columns, step, buckets);
      }
    }
    if (isMixed) this.#notes.mixed(metricName);
  }

  #setNative(step: number, histogram: NativeHistogram): void {
    for (let value = 0; value < this.#function.valueCount; value++) {
      this.#values[value]?.set(step, this.#function.ofNative(value, step, histogram));
    }
  }

  /** @param buckets changed for every value, so that they are gathered anew for the next */
  #setClassic(output: Output, columns: readonly StepColumn[], step: number, buckets: Buckets): void {
    for (let value = 0; value < this.#function.valueCount; value++) {
      if (value > 0) gatherBuckets(output, columns, step, buckets);
      this.#values[value]?.set(step, this.#function.ofClassic(value, step, buckets));
    }
  }

  #list(): readonly Output[] {
    if (this.#outputs !== null) return this.#outputs;
    const byKey = new Map<string, Output>();
    for (const [seriesIndex, { labels }] of this.#operand.series().entries()) {
      this.#context.tick();
      const upperBound = parseGoFloat(labels.get(BUCKET_LABEL));
      if (upperBound === null) outputOf(byKey, labels).nativeIndex = seriesIndex;
      else outputOf(byKey, labels.drop(BUCKET_LABELS)).buckets.push({ seriesIndex, upperBound });
    }
    const outputs = [...byKey.values()];
    for (const { buckets } of outputs) buckets.sort((left, right) => compareBounds(left, right));
    this.#series = this.#listSeries(outputs);
    this.#outputs = outputs;
    return outputs;
  }

  #listSeries(outputs: readonly Output[]): SeriesMetadata[] {
    const { variantCount } = this.#function;
    const series: SeriesMetadata[] = [];
    for (const output of outputs) {
      for (let variant = 0; variant < variantCount; variant++) {
        this.#context.tick();
        const labels = this.#function.labels(output.labels, variant);
        this.#context.budget.holdSeries(labels);
        series.push({ labels, dropName: true });
      }
    }
    return series;
  }
}

function outputOf(byKey: Map<string, Output>, labels: Labels): Output {
  let output = byKey.get(labels.key);
  if (output === undefined) {
    output = { labels, buckets: [], nativeIndex: -1, wasRead: false };
    byKey.set(labels.key, output);
  }
  return output;
}

/** Replaces `buckets` by those that have a float at the step. */
function gatherBuckets(output: Output, columns: readonly StepColumn[], step: number, buckets: Buckets): void {
  buckets.count = 0;
  for (let index = 0; index < columns.length; index++) {
    const column = columns[index]!;
    if (column.kinds[step] !== FLOAT) continue;
    buckets.upperBound[buckets.count] = output.buckets[index]!.upperBound;
    buckets.cumulativeCount[buckets.count] = column.values[step]!;
    buckets.count++;
  }
}

function compareBounds(left: { upperBound: number }, right: { upperBound: number }): number {
  return left.upperBound < right.upperBound ? -1 : Number(left.upperBound > right.upperBound);
}
