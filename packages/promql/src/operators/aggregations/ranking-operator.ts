/**
 * topk and bottomk: input series pass with their labels, at the steps where they rank among the first k of
 * their group. bottomk ranks the negated values. At a single step the series come out in the order of rank.
 */
import type { QueryContext } from '../../evaluate/query-context.ts';
import { FLOAT, HISTOGRAM, type StepColumn } from '../../evaluate/step-column.ts';
import type { WorkBlocks } from '../../evaluate/work-blocks.ts';
import type { ScalarOperator, SeriesMetadata, VectorOperator } from '../operator.ts';
import { extentOf } from '../scalars/scalar-extent.ts';
import { groupSeries, type GroupingClause } from './grouping.ts';
import { Ranking } from './ranking.ts';
import { requireWholeParameter } from './whole-parameter.ts';

/** What was kept, sorted by series: entries `[starts[i], starts[i + 1])` are those of series i. */
interface Kept {
  readonly starts: Int32Array;
  readonly steps: Int32Array;
  readonly values: Float64Array;
}

export interface RankingOptions {
  readonly context: QueryContext;
  readonly operand: VectorOperator;
  readonly parameter: ScalarOperator;
  readonly clause: GroupingClause;
  readonly stepCount: number;
  /** bottomk */
  readonly smallest: boolean;
  /** Told of histograms, which have no rank and are left out. */
  readonly onHistograms: () => void;
}

export class RankingOperator implements VectorOperator {
  readonly #options: RankingOptions;
  #kept: Kept | null = null;
  /** Single step only: output → input series. */
  #order: Int32Array | null = null;
  #orderedSeries: readonly SeriesMetadata[] = [];

  /** @throws PromontoryError ERR_QUERY_EXECUTION for a `k` that is no whole number */
  constructor(options: RankingOptions) {
    requireWholeParameter(options.parameter.values(), options.context.blocks);
    this.#options = options;
  }

  series(): readonly SeriesMetadata[] {
    const { operand, stepCount } = this.#options;
    if (stepCount !== 1) return operand.series();
    this.#rankedOrder();
    return this.#orderedSeries;
  }

  read(seriesIndex: number, target: StepColumn): void {
    const inputIndex = this.#options.stepCount === 1 ? this.#rankedOrder()[seriesIndex]! : seriesIndex;
    this.#kept ??= this.#consume();
    const { starts, steps, values } = this.#kept;
    const sign = this.#options.smallest ? -1 : 1;
    target.clear();
    const entriesEnd = starts[inputIndex + 1]!;
    for (let entry = starts[inputIndex]!; entry < entriesEnd;) {
      const end = target.blocks.endOf(entry, entriesEnd);
      for (; entry < end; entry++) target.set(steps[entry]!, sign * values[entry]!);
    }
  }

  #rankedOrder(): Int32Array {
    if (this.#order !== null) return this.#order;
    this.#kept ??= this.#consume();
    const { starts, values } = this.#kept;
    const series = this.#options.operand.series();
    const { groupOfSeries } = groupSeries(this.#options.context, series, this.#options.clause);
    const kept: number[] = [];
    for (let index = 0; index < series.length; index++)
      if (starts[index]! < starts[index + 1]!) kept.push(index);
    const rank = (index: number): number => values[starts[index]!]!;
    kept.sort((left, right) => {
      this.#options.context.tick();
      return groupOfSeries[left]! - groupOfSeries[right]! || compareDescending(rank(left), rank(right));
    });
    this.#order = Int32Array.from(kept);
    this.#orderedSeries = kept.map((index) => series[index]!);
    return this.#order;
  }

  #consume(): Kept {
    const { context, operand, parameter, clause, stepCount, smallest } = this.#options;
    const ks = parameter.values();
    const series = operand.series();
    const { groups, groupOfSeries } = groupSeries(context, series, clause);
    const capacities = groupCapacities(
      groupOfSeries,
      groups.length,
      Math.max(0, extentOf(ks, context.blocks).largest),
    );
    let slotCount = 0;
    for (const capacity of capacities) slotCount += capacity * stepCount;
    context.budget.hold(slotCount);
    const ranking = new Ranking(capacities, stepCount);
    const column = context.pool.acquire(stepCount);
    for (let index = 0; index < series.length; index++) {
      operand.read(index, column);
      if (column.hasHistograms && hasRankedHistogram(column, ks)) this.#options.onHistograms();
      const group = groupOfSeries[index]!;
      for (let step = 0; step < stepCount;) {
        const end = context.blocks.endOf(step, stepCount);
        for (; step < end; step++) {
          if (column.kinds[step] !== FLOAT) continue;
          const value = column.values[step]!;
          ranking.offer(group, step, Math.trunc(ks[step]!), smallest ? -value : value, index);
        }
      }
    }
    context.pool.release(column);
    return collectBySeries(ranking, series.length, context.blocks);
  }
}

/** Whether a histogram stands where the ranking keeps anything at all. */
function hasRankedHistogram({ kinds }: StepColumn, ks: Float64Array): boolean {
  for (let step = 0; step < kinds.length; step++)
    if (kinds[step] === HISTOGRAM && ks[step]! >= 1) return true;
  return false;
}

/** A group never keeps more than it has. */
function groupCapacities(groupOfSeries: Int32Array, groupCount: number, k: number): Int32Array {
  const capacities = new Int32Array(groupCount);
  for (const group of groupOfSeries) {
    if (capacities[group]! < Math.trunc(k)) capacities[group]!++;
  }
  return capacities;
}

function collectBySeries(ranking: Ranking, seriesCount: number, blocks: WorkBlocks): Kept {
  const starts = new Int32Array(seriesCount + 1);
  ranking.forEach(blocks, (seriesIndex) => void starts[seriesIndex + 1]!++);
  for (let index = 0; index < seriesCount; index++) starts[index + 1]! += starts[index]!;
  const total = starts[seriesCount]!;
  const steps = new Int32Array(total);
  const values = new Float64Array(total);
  const next = starts.slice();
  ranking.forEach(blocks, (seriesIndex, step, value) => {
    const entry = next[seriesIndex]!++;
    steps[entry] = step;
    values[entry] = value;
  });
  return { starts, steps, values };
}

/** NaN last. */
function compareDescending(left: number, right: number): number {
  if (Number.isNaN(left) || Number.isNaN(right))
    return Number(Number.isNaN(left)) - Number(Number.isNaN(right));
  return left > right ? -1 : Number(left < right);
}
