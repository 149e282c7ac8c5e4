/** Operators → the arrays that the caller gets: names dropped, equal label sets merged or refused, sorted. */
import { assert, unreachable } from '@promontory/base';
import { Labels, type HistogramSample } from '@promontory/model';
import { histogramSampleCost } from '../histogram/sample-cost.ts';
import { METADATA_LABELS, type SeriesMetadata, type VectorOperator } from '../operators/operator.ts';
import type { OperatorSource } from '../operators/operator-source.ts';
import { MergedOperator } from '../operators/merged-operator.ts';
import type { PlanNode } from '../plan/plan-node.ts';
import type { MatrixSeries, QueryValue, VectorSample } from '../query-result.ts';
import type { QueryContext } from './query-context.ts';
import { copyWindow } from './copy-window.ts';
import { mergeWindows } from './merge-windows.ts';
import { sortByLabels } from './sort-by-labels.ts';
import { FLOAT, HISTOGRAM, type StepColumn } from './step-column.ts';

const NO_HISTOGRAMS: readonly HistogramSample[] = [];

/** The root of an instant query, at its single step. */
export function assembleInstant(source: OperatorSource, root: PlanNode): QueryValue {
  const timestampMs = root.grid.startMs;
  switch (root.type) {
    case 'scalar':
      return { type: 'scalar', timestampMs, value: source.scalar(root).values()[0] ?? NaN };
    case 'string':
      assert(root.kind === 'string', 'strings are literals');
      return { type: 'string', timestampMs, value: root.literal.value };
    case 'vector':
      return { type: 'vector', timestampMs, samples: assembleVector(source, root) };
    case 'matrix':
      return { type: 'matrix', series: assembleRawSamples(source, root) };
    default:
      return unreachable(root.type);
  }
}

/** The root of a range query: a vector or a scalar. */
export function assembleRange(source: OperatorSource, root: PlanNode): QueryValue {
  if (root.type === 'vector') return { type: 'matrix', series: assembleMatrix(source, root) };
  const values = source.scalar(root).values();
  source.context.budget.hold(values.length);
  const timestampMs = Float64Array.from(values, (_, step) => root.grid.timeMs(step));
  const series = {
    labels: Labels.empty,
    timestampMs,
    value: values.slice(),
    count: values.length,
    histograms: NO_HISTOGRAMS,
  };
  return { type: 'matrix', series: [series] };
}

function finalLabels({ labels, dropName }: SeriesMetadata): Labels {
  return dropName ? labels.drop(METADATA_LABELS) : labels;
}

/** The last stage of every vector: the labels as they are returned. */
class NamedOperator implements VectorOperator {
  readonly #context: QueryContext;
  readonly #operand: VectorOperator;

  constructor(context: QueryContext, operand: VectorOperator) {
    this.#context = context;
    this.#operand = operand;
  }

  series(): readonly SeriesMetadata[] {
    return this.#operand.series().map((series) => {
      this.#context.tick();
      const labels = finalLabels(series);
      if (labels !== series.labels) this.#context.budget.holdSeries(labels);
      return { labels, dropName: false };
    });
  }

  read(seriesIndex: number, target: StepColumn): void {
    this.#operand.read(seriesIndex, target);
  }
}

/** Series and groups are unique as they come; only what lost its name, or was computed, can have become equal. */
function merged(source: OperatorSource, root: PlanNode): VectorOperator {
  const operator = source.vector(root);
  const isUnique = root.kind === 'instant-selector' || root.kind === 'aggregation';
  if (isUnique && !operator.series().some(({ dropName }) => dropName)) return operator;
  return new MergedOperator(source.context, new NamedOperator(source.context, operator));
}

function assembleVector(source: OperatorSource, root: PlanNode): VectorSample[] {
  const { context } = source;
  const operator = merged(source, root);
  const samples: VectorSample[] = [];
  const column = context.pool.acquire(1);
  for (const [index, { labels }] of operator.series().entries()) {
    context.checkpoint();
    operator.read(index, column);
    if (column.kinds[0] === FLOAT) {
      context.budget.hold(1);
      samples.push({ labels, value: column.values[0] ?? NaN, histogram: null });
    } else if (column.kinds[0] === HISTOGRAM) {
      const histogram = column.histogram(0);
      context.budget.hold(histogramSampleCost(histogram));
      samples.push({ labels, value: NaN, histogram });
    }
  }
  context.pool.release(column);
  return samples;
}

function assembleMatrix(source: OperatorSource, root: PlanNode): MatrixSeries[] {
  const { context } = source;
  const { grid } = root;
  const operator = merged(source, root);
  const matrix: MatrixSeries[] = [];
  const column = context.pool.acquire(grid.stepCount);
  const stepTimesMs = grid.timesMs();
  const keptTimesMs = new Float64Array(grid.stepCount);
  for (const [index, { labels }] of operator.series().entries()) {
    context.checkpoint();
    operator.read(index, column);
    const series = compactColumn(context, labels, column, { stepTimesMs, keptTimesMs });
    if (series.count + series.histograms.length > 0) matrix.push(series);
  }
  context.pool.release(column);
  return sorted(context, matrix);
}

function sorted(context: QueryContext, matrix: readonly MatrixSeries[]): MatrixSeries[] {
  return context.measureSort(() => sortByLabels(matrix, () => context.tick()));
}

interface ColumnTimes {
  /** Shared by all series that have a float at every step. */
  readonly stepTimesMs: Float64Array;
  /** Scratch, one a step. */
  readonly keptTimesMs: Float64Array;
}

/** Moves the column's floats to its front. */
function compactColumn(
  context: QueryContext,
  labels: Labels,
  column: StepColumn,
  { stepTimesMs, keptTimesMs }: ColumnTimes,
): MatrixSeries {
  const { values, kinds, stepCount } = column;
  let count = 0;
  for (let step = 0; step < stepCount; step++) {
    if (kinds[step] !== FLOAT) continue;
    keptTimesMs[count] = stepTimesMs[step]!;
    values[count] = values[step]!;
    count++;
  }
  context.budget.hold(count);
  const timestampMs = count === stepCount ? stepTimesMs : keptTimesMs.slice(0, count);
  const histograms = column.hasHistograms ? listHistograms(context, column, stepTimesMs) : NO_HISTOGRAMS;
  return { labels, timestampMs, value: values.slice(0, count), count, histograms };
}

function listHistograms(
  context: QueryContext,
  column: StepColumn,
  stepTimesMs: Float64Array,
): HistogramSample[] {
  const histograms: HistogramSample[] = [];
  for (let step = 0; step < column.stepCount; step++) {
    if (column.kinds[step] !== HISTOGRAM) continue;
    const histogram = column.histogram(step);
    context.budget.hold(histogramSampleCost(histogram));
    histograms.push({ timestampMs: stepTimesMs[step]!, histogram });
  }
  return histograms;
}

/** `metric[5m]` and subqueries as the whole query: the samples of the one window. */
function assembleRawSamples(source: OperatorSource, root: PlanNode): MatrixSeries[] {
  const { context } = source;
  const range = source.range(root);
  const { windows } = range;
  const endMs = (windows.atMs ?? root.grid.startMs) - windows.offsetMs;
  const extension = root.kind === 'range-selector' ? root.extension : null;
  const copied = { windows, endMs, extension, blocks: context.blocks } as const;
  const matrix: MatrixSeries[] = [];
  let isUnique = true;
  for (const [index, series] of range.series().entries()) {
    const samples = range.readSamples(index);
    const window = copyWindow(samples, finalLabels(series), copied);
    const cost = window.count + costOf(window.histograms);
    context.budget.hold(cost);
    context.samples.counted.addAt(0, cost);
    if (cost > 0) matrix.push(window);
    isUnique &&= !series.dropName;
  }
  return sorted(context, isUnique ? matrix : mergeWindows(matrix));
}

function costOf(histograms: readonly HistogramSample[]): number {
  let cost = 0;
  for (const { histogram } of histograms) cost += histogramSampleCost(histogram);
  return cost;
}
