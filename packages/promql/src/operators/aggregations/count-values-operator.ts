/**
 * count_values: one output series per group and distinct value, so the values themselves decide about the
 * metadata and everything is counted at the first question.
 */
import type { NativeHistogram } from '@promontory/model';
import { executionError } from '../../evaluate/execution-error.ts';
import { formatGoF } from '../../evaluate/format-float.ts';
import type { QueryContext } from '../../evaluate/query-context.ts';
import { FLOAT, HISTOGRAM, NO_SAMPLE, type StepColumn } from '../../evaluate/step-column.ts';
import { formatHistogram } from '../../histogram/format-histogram.ts';
import { isValidUtf8, quoteString } from '../../parser/string-literal.ts';
import type { SeriesMetadata, VectorOperator } from '../operator.ts';
import { groupSeries, type GroupingClause } from './grouping.ts';

/** One output: how often a value occurs in a group. */
interface Counted {
  readonly series: SeriesMetadata;
  readonly counts: Float64Array;
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
    const counts = this.#count()[seriesIndex]?.counts;
    target.clear();
    for (let step = 0; step < target.stepCount; step++) {
      const count = counts?.[step] ?? 0;
      target.values[step] = count;
      target.kinds[step] = count > 0 ? FLOAT : NO_SAMPLE;
    }
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
    this.#context.budget.hold(this.#stepCount);
    const labels = this.#isLabelDropped ? group.labels : group.labels.with(this.#valueLabel, text);
    this.#context.budget.holdSeries(labels);
    return { series: { labels, dropName: group.dropName }, counts: new Float64Array(this.#stepCount) };
  }
}

/** The grouping of everything but the value. */
function groupingBesides(valueLabel: string, { without, labelNames }: GroupingClause): GroupingClause {
  if (without) return { without, labelNames: [...labelNames, valueLabel] };
  return { without, labelNames: labelNames.filter((name) => name !== valueLabel) };
}

/** The values of one group. Floats are told apart as numbers first, so that each is formatted once. */
class GroupCounter {
  readonly #open: (text: string) => Counted;
  readonly #isOne: boolean;
  readonly #byText = new Map<string, Counted>();
  readonly #byFloat = new Map<number, Counted>();
  readonly #byHistogram = new Map<NativeHistogram, Counted>();

  /**
   * @param open makes the output of a new value
   * @param isOne all values share one output
   */
  constructor(open: (text: string) => Counted, isOne: boolean) {
    this.#open = open;
    this.#isOne = isOne;
  }

  get counted(): Counted[] {
    return [...this.#byText.values()];
  }

  add(column: StepColumn): void {
    const { kinds, values } = column;
    for (let step = 0; step < kinds.length; step++) {
      if (kinds[step] === FLOAT) this.#ofFloat(values[step]!).counts[step]!++;
      else if (kinds[step] === HISTOGRAM) this.#ofHistogram(column.histogram(step)).counts[step]!++;
    }
  }

  #ofFloat(value: number): Counted {
    // The only two numbers that a Map takes for one and that are printed differently.
    if (Object.is(value, -0)) return this.#ofText(formatGoF(value));
    const known = this.#byFloat.get(value);
    if (known !== undefined) return known;
    const counted = this.#ofText(formatGoF(value));
    this.#byFloat.set(value, counted);
    return counted;
  }

  #ofHistogram(histogram: NativeHistogram): Counted {
    const known = this.#byHistogram.get(histogram);
    if (known !== undefined) return known;
    const counted = this.#ofText(formatHistogram(histogram));
    this.#byHistogram.set(histogram, counted);
    return counted;
  }

  #ofText(text: string): Counted {
    const key = this.#isOne ? '' : text;
    const known = this.#byText.get(key);
    if (known !== undefined) return known;
    const counted = this.#open(text);
    this.#byText.set(key, counted);
    return counted;
  }
}
