// HOT PATH: one pass over a histogram's bucket columns per step, no allocation per step.
/**
 * Functions of classic histograms. Input series that differ in `le` only are the buckets of one histogram;
 * reading an output pulls the columns of its buckets, sorted by bound, and evaluates step by step.
 */
import { METRIC_NAME, type Labels } from '@promontory/model';
import type { QueryContext } from '../../evaluate/query-context.ts';
import type { StepColumn } from '../../evaluate/step-column.ts';
import { parseGoFloat } from '../../parser/number-literal.ts';
import type { SeriesMetadata, VectorOperator } from '../operator.ts';
import type { Buckets } from './bucket-math.ts';

const BUCKET_LABEL = 'le';
const BUCKET_LABELS: ReadonlySet<string> = new Set([BUCKET_LABEL]);

/** What the functions differ in. Output series are histograms × variants (the quantiles of a list). */
export interface HistogramFunction {
  readonly variantCount: number;
  /** The labels of a variant's series. */
  labels(histogram: Labels, variant: number): Labels;
  /**
   * The value of one step, from the buckets that have a sample there (at least one).
   *
   * @returns false when the variant has no value at this step
   */
  evaluate(
    variant: number,
    step: number,
    buckets: Buckets,
    result: { value: number },
    labels: Labels,
  ): boolean;
}

interface Histogram {
  readonly labels: Labels;
  /** Of the input series, ascending by bound. */
  readonly members: { readonly seriesIndex: number; readonly upperBound: number }[];
}

export class HistogramOperator implements VectorOperator {
  readonly #context: QueryContext;
  readonly #operand: VectorOperator;
  readonly #function: HistogramFunction;
  readonly #stepCount: number;
  readonly #onBadBucket: (metricName: string, bucketLabel: string) => void;
  #histograms: Histogram[] | null = null;
  #series: SeriesMetadata[] = [];

  /** @param onBadBucket told of input series with samples whose `le` is no number */
  constructor(
    context: QueryContext,
    operand: VectorOperator,
    stepCount: number,
    histogramFunction: HistogramFunction,
    onBadBucket: (metricName: string, bucketLabel: string) => void,
  ) {
    this.#context = context;
    this.#operand = operand;
    this.#stepCount = stepCount;
    this.#function = histogramFunction;
    this.#onBadBucket = onBadBucket;
  }

  series(): readonly SeriesMetadata[] {
    this.#groups();
    return this.#series;
  }

  read(seriesIndex: number, target: StepColumn): void {
    const { variantCount } = this.#function;
    const histogram = this.#groups()[Math.floor(seriesIndex / variantCount)];
    target.clear();
    if (histogram === undefined) return;
    const columns = histogram.members.map((member) => this.#readMember(member.seriesIndex));
    this.#evaluate(histogram, columns, seriesIndex % variantCount, target);
    for (const column of columns) this.#context.pool.release(column);
  }

  #readMember(seriesIndex: number): StepColumn {
    const column = this.#context.pool.acquire(this.#stepCount);
    this.#operand.read(seriesIndex, column);
    return column;
  }

  #evaluate(histogram: Histogram, columns: readonly StepColumn[], variant: number, target: StepColumn): void {
    const { members, labels } = histogram;
    const upperBound = new Float64Array(members.length);
    const cumulativeCount = new Float64Array(members.length);
    const buckets: Buckets = { upperBound, cumulativeCount, count: 0 };
    const result = { value: 0, forcedMonotonicity: false };
    for (let step = 0; step < target.stepCount; step++) {
      buckets.count = 0;
      for (let member = 0; member < members.length; member++) {
        const column = columns[member]!;
        if (column.present[step] === 0) continue;
        upperBound[buckets.count] = members[member]!.upperBound;
        cumulativeCount[buckets.count] = column.values[step]!;
        buckets.count++;
      }
      if (buckets.count === 0) continue;
      if (this.#function.evaluate(variant, step, buckets, result, labels)) target.set(step, result.value);
    }
  }

  #groups(): readonly Histogram[] {
    if (this.#histograms !== null) return this.#histograms;
    const byKey = new Map<string, Histogram>();
    for (const [seriesIndex, { labels }] of this.#operand.series().entries()) {
      this.#context.tick();
      const upperBound = parseGoFloat(labels.get(BUCKET_LABEL));
      if (upperBound === null) {
        this.#reportBadBucket(seriesIndex, labels);
        continue;
      }
      const rest = labels.drop(BUCKET_LABELS);
      const known = byKey.get(rest.key);
      if (known === undefined) byKey.set(rest.key, { labels: rest, members: [{ seriesIndex, upperBound }] });
      else known.members.push({ seriesIndex, upperBound });
    }
    const histograms = [...byKey.values()];
    for (const { members } of histograms) members.sort((left, right) => compareBounds(left, right));
    this.#series = histograms.flatMap((histogram) => this.#outputs(histogram));
    this.#histograms = histograms;
    return histograms;
  }

  #outputs({ labels }: Histogram): SeriesMetadata[] {
    return Array.from({ length: this.#function.variantCount }, (_, variant) => ({
      labels: this.#function.labels(labels, variant),
      dropName: true,
    }));
  }

  #reportBadBucket(seriesIndex: number, labels: Labels): void {
    const column = this.#context.pool.acquire(this.#stepCount);
    this.#operand.read(seriesIndex, column);
    if (column.present.includes(1)) this.#onBadBucket(labels.get(METRIC_NAME), labels.get(BUCKET_LABEL));
    this.#context.pool.release(column);
  }
}

function compareBounds(left: { upperBound: number }, right: { upperBound: number }): number {
  return left.upperBound < right.upperBound ? -1 : Number(left.upperBound > right.upperBound);
}
