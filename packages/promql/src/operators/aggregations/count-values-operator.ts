/**
 * count_values: one output series per group and distinct value, so the values themselves decide about the
 * metadata and everything is counted at the first question.
 */
import { assert } from '@promontory/base';
import type { NativeHistogram } from '@promontory/model';
import { executionError } from '../../evaluate/execution-error.ts';
import { formatGoF } from '../../evaluate/format-float.ts';
import type { QueryContext } from '../../evaluate/query-context.ts';
import { FLOAT, HISTOGRAM, type StepColumn } from '../../evaluate/step-column.ts';
import { formatHistogram } from '../../histogram/format-histogram.ts';
import { isValidUtf8, quoteString } from '../../parser/string-literal.ts';
import type { SeriesMetadata, VectorOperator } from '../operator.ts';
import { groupSeries, type GroupingClause } from './grouping.ts';

/** One output: how often a value occurs in a group. */
interface Counted {
  readonly series: SeriesMetadata;
  readonly counts: StepCounts;
}

/** Most values occur at a few steps only: so many steps in all, or more, make a count for each step. */
const DENSE_STEP_SHARE = 1 / 8;

const NO_STEP = -1;

/** How often something occurs at each step. There is one for each value: most have one step, and need no list. */
class StepCounts {
  readonly #context: QueryContext;
  readonly #stepCount: number;
  #first = NO_STEP;
  /** The steps of further occurrences, while they are few. */
  #others: number[] | null = null;
  #dense: Float64Array | null = null;

  constructor(context: QueryContext, stepCount: number) {
    this.#context = context;
    this.#stepCount = stepCount;
  }

  add(step: number): void {
    if (this.#dense !== null) this.#dense[step]! += 1;
    else if (this.#first !== NO_STEP) this.#addOther(step);
    else {
      this.#context.budget.hold(1);
      this.#first = step;
    }
  }

  fill(target: StepColumn): void {
    target.clear();
    if (this.#dense !== null) {
      fillDense(this.#dense, target);
      return;
    }
    if (this.#first !== NO_STEP) target.set(this.#first, 1);
    if (this.#others === null) return;
    const { values, kinds } = target;
    for (const step of this.#others) target.set(step, kinds[step] === FLOAT ? values[step]! + 1 : 1);
  }

  #addOther(step: number): void {
    this.#context.budget.hold(1);
    this.#others ??= [];
    this.#others.push(step);
    if (this.#others.length >= this.#stepCount * DENSE_STEP_SHARE) this.#makeDense(this.#others);
  }

  #makeDense(others: readonly number[]): void {
    const { budget } = this.#context;
    budget.release(1 + others.length);
    budget.hold(this.#stepCount);
    this.#dense = new Float64Array(this.#stepCount);
    this.#dense[this.#first]! += 1;
    for (const step of others) this.#dense[step]! += 1;
    this.#others = null;
  }
}

function fillDense(counts: Float64Array, target: StepColumn): void {
  for (let step = 0; step < counts.length;) {
    const end = target.blocks.endOf(step, counts.length);
    for (; step < end; step++) if (counts[step]! > 0) target.set(step, counts[step]!);
  }
}

export class CountValuesOperator implements VectorOperator {
  readonly #context: QueryContext;
  readonly #operand: VectorOperator;
  readonly #valueLabel: string;
  readonly #clause: GroupingClause;
  /** `without (…)` can name the label itself: then the values of a group are counted together. */
  readonly #isLabelDropped: boolean;
  readonly #stepCount: number;
  #counted: readonly Counted[] | null = null;
  #series: readonly SeriesMetadata[] = [];

  /** @throws PromontoryError ERR_QUERY_EXECUTION when the label's name is not valid */
  constructor(
    context: QueryContext,
    operand: VectorOperator,
    valueLabel: string,
    clause: GroupingClause,
    stepCount: number,
  ) {
    if (valueLabel === '' || !isValidUtf8(valueLabel)) {
      throw executionError(`invalid label name ${quoteString(valueLabel)}`);
    }
    this.#context = context;
    this.#operand = operand;
    this.#valueLabel = valueLabel;
    this.#clause = groupingBesides(valueLabel, clause);
    this.#isLabelDropped = clause.without && clause.labelNames.includes(valueLabel);
    this.#stepCount = stepCount;
  }

  series(): readonly SeriesMetadata[] {
    this.#count();
    return this.#series;
  }

  read(seriesIndex: number, target: StepColumn): void {
    const counted = this.#count()[seriesIndex];
    assert(counted !== undefined, 'a counted value is read', { seriesIndex });
    counted.counts.fill(target);
  }

  #count(): readonly Counted[] {
    if (this.#counted !== null) return this.#counted;
    const { groups, groupOfSeries } = groupSeries(this.#context, this.#operand.series(), this.#clause);
    const counters = groups.map(
      (group) => new GroupCounter((text) => this.#open(group, text), this.#isLabelDropped),
    );
    const column = this.#context.pool.acquire(this.#stepCount);
    for (let index = 0; index < groupOfSeries.length; index++) {
      this.#operand.read(index, column);
      counters[groupOfSeries[index]!]?.add(column);
    }
    this.#context.pool.release(column);
    this.#counted = counters.flatMap((counter) => counter.counted);
    this.#series = this.#counted.map(({ series }) => series);
    return this.#counted;
  }

  #open(group: SeriesMetadata, text: string): Counted {
    this.#context.tick();
    const labels = this.#isLabelDropped ? group.labels : group.labels.with(this.#valueLabel, text);
    this.#context.budget.holdSeries(labels);
    // A name that is grouped by stays, as in Prometheus, even one that was to be dropped.
    return { series: { labels, dropName: false }, counts: new StepCounts(this.#context, this.#stepCount) };
  }
}

/** The grouping of everything but the value. */
function groupingBesides(valueLabel: string, { without, labelNames }: GroupingClause): GroupingClause {
  if (without) return { without, labelNames: [...labelNames, valueLabel] };
  return { without, labelNames: labelNames.filter((name) => name !== valueLabel) };
}

/** The values of one group, told apart before they are formatted, which happens once each. */
class GroupCounter {
  /** In order of appearance. */
  readonly counted: Counted[] = [];
  readonly #open: (text: string) => Counted;
  readonly #isOne: boolean;
  readonly #byFloat = new Map<number, Counted>();
  /** Zeros of both signs are one key to a Map, and printed differently. */
  #minusZero: Counted | null = null;
  readonly #byHistogram = new Map<NativeHistogram, Counted>();
  readonly #byHistogramText = new Map<string, Counted>();

  /**
   * @param open makes the output of a new value
   * @param isOne all values share one output
   */
  constructor(open: (text: string) => Counted, isOne: boolean) {
    this.#open = open;
    this.#isOne = isOne;
  }

  add(column: StepColumn): void {
    const { kinds, values } = column;
    for (let step = 0; step < kinds.length;) {
      const end = column.blocks.endOf(step, kinds.length);
      for (; step < end; step++) {
        if (kinds[step] === FLOAT) this.#ofFloat(values[step]!).counts.add(step);
        else if (kinds[step] === HISTOGRAM) this.#ofHistogram(column.histogram(step)).counts.add(step);
      }
    }
  }

  #ofFloat(value: number): Counted {
    if (Object.is(value, -0)) return (this.#minusZero ??= this.#new(formatGoF(value)));
    const known = this.#byFloat.get(value);
    if (known !== undefined) return known;
    const counted = this.#new(formatGoF(value));
    this.#byFloat.set(value, counted);
    return counted;
  }

  #ofHistogram(histogram: NativeHistogram): Counted {
    const known = this.#byHistogram.get(histogram);
    if (known !== undefined) return known;
    const text = formatHistogram(histogram);
    const counted = this.#byHistogramText.get(text) ?? this.#new(text);
    this.#byHistogramText.set(text, counted);
    this.#byHistogram.set(histogram, counted);
    return counted;
  }

  #new(text: string): Counted {
    const [first] = this.counted;
    if (this.#isOne && first !== undefined) return first;
    const counted = this.#open(text);
    this.counted.push(counted);
    return counted;
  }
}
