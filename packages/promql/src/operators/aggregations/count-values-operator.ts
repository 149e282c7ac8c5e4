/**
 * count_values: one output series per group and distinct value, so the values themselves decide about the
 * metadata and everything is counted at the first question.
 */
import type { Labels } from '@promontory/model';
import { executionError } from '../../evaluate/execution-error.ts';
import { formatGoF } from '../../evaluate/format-float.ts';
import type { QueryContext } from '../../evaluate/query-context.ts';
import type { StepColumn } from '../../evaluate/step-column.ts';
import { isValidUtf8, quoteString } from '../../parser/string-literal.ts';
import type { SeriesMetadata, VectorOperator } from '../operator.ts';
import { groupLabelsOf, type GroupingClause } from './grouping.ts';

interface Counted {
  series: SeriesMetadata;
  readonly counts: Float64Array;
}

export class CountValuesOperator implements VectorOperator {
  readonly #context: QueryContext;
  readonly #operand: VectorOperator;
  readonly #valueLabel: string;
  readonly #groupLabels: (labels: Labels) => Labels;
  readonly #stepCount: number;
  #counted: readonly Counted[] | null = null;

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
    this.#groupLabels = groupLabelsOf({
      without: clause.without,
      labelNames: clause.without ? clause.labelNames : [...clause.labelNames, valueLabel],
    });
    this.#stepCount = stepCount;
  }

  series(): readonly SeriesMetadata[] {
    this.#counted ??= this.#count();
    return this.#counted.map(({ series }) => series);
  }

  read(seriesIndex: number, target: StepColumn): void {
    this.#counted ??= this.#count();
    const counts = this.#counted[seriesIndex]?.counts;
    for (let step = 0; step < target.stepCount; step++) {
      const count = counts?.[step] ?? 0;
      target.values[step] = count;
      target.present[step] = count > 0 ? 1 : 0;
    }
  }

  #count(): Counted[] {
    const byKey = new Map<string, Counted>();
    const column = this.#context.pool.acquire(this.#stepCount);
    for (const [index, { labels, dropName }] of this.#operand.series().entries()) {
      this.#context.tick();
      this.#operand.read(index, column);
      const bySampleValue = new Map<number, Counted>();
      for (let step = 0; step < this.#stepCount; step++) {
        if (column.present[step] === 0) continue;
        const value = column.values[step]!;
        let counted = bySampleValue.get(value);
        if (counted === undefined) {
          counted = this.#find(byKey, labels.with(this.#valueLabel, formatGoF(value)));
          if (dropName) counted.series = { ...counted.series, dropName };
          bySampleValue.set(value, counted);
        }
        counted.counts[step]!++;
      }
    }
    this.#context.pool.release(column);
    return [...byKey.values()];
  }

  #find(byKey: Map<string, Counted>, labels: Labels): Counted {
    const group = this.#groupLabels(labels);
    const known = byKey.get(group.key);
    if (known !== undefined) return known;
    this.#context.budget.hold(this.#stepCount);
    const series = { labels: group, dropName: false };
    const counted = { series, counts: new Float64Array(this.#stepCount) };
    byKey.set(group.key, counted);
    return counted;
  }
}
