/**
 * Series that ended up with the same labels (and agree on whether the name is to be dropped) become one, as
 * long as they never have a value at the same step.
 * The groups are known from the metadata alone; a child without equal labels costs nothing extra.
 */
import type { QueryContext } from '../evaluate/query-context.ts';
import { duplicateLabelsError } from '../evaluate/execution-error.ts';
import { NO_SAMPLE, type StepColumn } from '../evaluate/step-column.ts';
import type { SeriesMetadata, VectorOperator } from './operator.ts';

export class MergedOperator implements VectorOperator {
  readonly #context: QueryContext;
  readonly #child: VectorOperator;
  #series: readonly SeriesMetadata[] | null = null;
  /** Output series → indices of the child's series, in order; null when they are the same. */
  #members: number[][] | null = null;

  constructor(context: QueryContext, child: VectorOperator) {
    this.#context = context;
    this.#child = child;
  }

  series(): readonly SeriesMetadata[] {
    if (this.#series === null) {
      const inputs = this.#child.series();
      this.#series = hasDuplicates(this.#context, inputs) ? this.#group(inputs) : inputs;
    }
    return this.#series;
  }

  read(seriesIndex: number, target: StepColumn): void {
    this.series();
    if (this.#members === null) return this.#child.read(seriesIndex, target);
    const [first, ...others] = this.#members[seriesIndex] ?? [];
    if (first === undefined) return target.clear();
    this.#child.read(first, target);
    for (const other of others) this.#merge(other, target);
  }

  #group(inputs: readonly SeriesMetadata[]): SeriesMetadata[] {
    const outputs: SeriesMetadata[] = [];
    const members: number[][] = [];
    const outputByKey = new Map<string, number>();
    for (const [index, series] of inputs.entries()) {
      this.#context.tick();
      const key = `${series.dropName ? '-' : '+'}${series.labels.key}`;
      const known = outputByKey.get(key);
      if (known === undefined) {
        this.#context.budget.holdSeries(series.labels);
        outputByKey.set(key, outputs.length);
        outputs.push(series);
        members.push([index]);
      } else members[known]?.push(index);
    }
    this.#members = members;
    return outputs;
  }

  #merge(childIndex: number, target: StepColumn): void {
    const column = this.#context.pool.acquire(target.stepCount);
    this.#child.read(childIndex, column);
    for (let step = 0; step < target.stepCount;) {
      const end = target.blocks.endOf(step, target.stepCount);
      for (; step < end; step++) {
        if (column.kinds[step] === NO_SAMPLE) continue;
        if (target.kinds[step] !== NO_SAMPLE) throw duplicateLabelsError();
        target.copyStep(column, step, step);
      }
    }
    this.#context.pool.release(column);
  }
}

/** The common case has none, and is found without a list per series. */
function hasDuplicates(context: QueryContext, series: readonly SeriesMetadata[]): boolean {
  const named = new Set<string>();
  const nameless = new Set<string>();
  for (const { labels, dropName } of series) {
    context.tick();
    (dropName ? nameless : named).add(labels.key);
  }
  return named.size + nameless.size < series.length;
}
