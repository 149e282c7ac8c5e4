/**
 * Measures what operators do, each with what it is computed from. Only of queries that ask for it: between the others'
 * operators stands nothing.
 */
import type { Clock } from '@promontory/base';
import type { SampleColumns } from '@promontory/model';
import { NO_SAMPLE, type StepColumn } from '../evaluate/step-column.ts';
import type {
  RangeOperator,
  ScalarOperator,
  SeriesMetadata,
  VectorOperator,
  WindowShape,
} from '../operators/operator.ts';
import type { SeriesSamples } from '../operators/series-samples.ts';
import { planChildren } from '../plan/plan-children.ts';
import type { PlanNode } from '../plan/plan-node.ts';
import { describeNode } from './describe-node.ts';
import type { TraceSpan } from './trace-span.ts';

/** Nodes of one tree. */
const NODES_MAX = 1000;

export class NodeWork {
  durationMs = 0;
  seriesCount = 0;
  readCount = 0;
  sampleCount = 0;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  measure<T>(action: () => T): T {
    const startMs = this.#clock.monotonicMs();
    try {
      return action();
    } finally {
      this.durationMs += this.#clock.monotonicMs() - startMs;
    }
  }

  series(operator: VectorOperator | RangeOperator): readonly SeriesMetadata[] {
    const series = this.measure(() => operator.series());
    this.seriesCount = series.length;
    return series;
  }
}

export class OperatorTrace {
  readonly #clock: Clock;
  readonly #work = new Map<PlanNode, NodeWork>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  vector(node: PlanNode, operator: VectorOperator): VectorOperator {
    return new TracedVector(operator, this.#workOf(node));
  }

  scalar(node: PlanNode, operator: ScalarOperator): ScalarOperator {
    const work = this.#workOf(node);
    return { values: () => work.measure(() => operator.values()) };
  }

  range(node: PlanNode, operator: RangeOperator): RangeOperator {
    return new TracedRange(operator, this.#workOf(node));
  }

  /** Adds the tree of the plan. A node that serves several others stands below the first of them. */
  addTo(span: TraceSpan, root: PlanNode): void {
    const seen = new Set<PlanNode>();
    let leftOut = 0;
    const add = (parent: TraceSpan, node: PlanNode): void => {
      if (node.kind === 'number' || node.kind === 'string') return;
      if (seen.size >= NODES_MAX) {
        leftOut++;
        return;
      }
      if (seen.has(node)) {
        parent.add(`${describeNode(node)}: shared, see above`, 0);
        return;
      }
      seen.add(node);
      const work = this.#work.get(node);
      const own = parent.add(`${describeNode(node)}: ${outcomeOf(work)}`, work?.durationMs ?? 0);
      for (const child of planChildren(node)) add(own, child);
    };
    add(span, root);
    if (leftOut > 0) span.add(`${leftOut} more operators, with what stands below them`, 0);
  }

  #workOf(node: PlanNode): NodeWork {
    let work = this.#work.get(node);
    if (work === undefined) {
      work = new NodeWork(this.#clock);
      this.#work.set(node, work);
    }
    return work;
  }
}

function outcomeOf(work: NodeWork | undefined): string {
  if (work === undefined) return 'read by the operator above';
  const { seriesCount, readCount, sampleCount } = work;
  return readCount === 0 && seriesCount === 0
    ? 'done'
    : `${seriesCount} series, ${sampleCount} samples in ${readCount} reads`;
}

class TracedVector implements VectorOperator {
  readonly #inner: VectorOperator;
  readonly #work: NodeWork;

  constructor(inner: VectorOperator, work: NodeWork) {
    this.#inner = inner;
    this.#work = work;
  }

  series(): readonly SeriesMetadata[] {
    return this.#work.series(this.#inner);
  }

  read(seriesIndex: number, target: StepColumn): void {
    this.#work.measure(() => this.#inner.read(seriesIndex, target));
    this.#work.readCount++;
    for (let step = 0; step < target.stepCount;) {
      const end = target.blocks.endOf(step, target.stepCount);
      for (; step < end; step++) if (target.kinds[step] !== NO_SAMPLE) this.#work.sampleCount++;
    }
  }
}

class TracedRange implements RangeOperator {
  readonly windows: WindowShape;
  readonly #inner: RangeOperator;
  readonly #work: NodeWork;

  constructor(inner: RangeOperator, work: NodeWork) {
    this.windows = inner.windows;
    this.#inner = inner;
    this.#work = work;
  }

  series(): readonly SeriesMetadata[] {
    return this.#work.series(this.#inner);
  }

  readSamples(seriesIndex: number): SeriesSamples {
    const samples = this.#work.measure(() => this.#inner.readSamples(seriesIndex));
    this.#work.readCount++;
    this.#work.sampleCount += samples.floats.count + samples.histograms.length;
    return samples;
  }

  readStartTimestamps(seriesIndex: number): SampleColumns {
    return this.#work.measure(() => this.#inner.readStartTimestamps(seriesIndex));
  }
}
