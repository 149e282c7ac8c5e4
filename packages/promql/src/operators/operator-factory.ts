/** Plan → operators. Every plan node becomes one operator, however many others consume it. */
import { assert, InvariantError, unreachable } from '@promontory/base';
import { isComparison, isSetOperator, isTrim } from '../ast/expression.ts';
import type { Annotation } from '../evaluate/annotation-texts.ts';
import type { QueryContext } from '../evaluate/query-context.ts';
import type { SampleTally } from '../evaluate/query-samples.ts';
import type { SeriesSets } from '../evaluate/series-sets.ts';
import { canTell } from '../plan/can-tell.ts';
import type { BinaryPlan, InfoPlan, PlanNode, SelectorPlan } from '../plan/plan-node.ts';
import type { QueryTimes } from '../plan/duration-value.ts';
import type { OperatorTrace } from '../trace/operator-trace.ts';
import { annotateSites } from './annotate-sites.ts';
import { makeAggregation } from './aggregations/make-aggregation.ts';
import { scalarFunction } from './binary/binary-functions.ts';
import { FilterOperator, UnionOperator } from './binary/set-operators.ts';
import {
  VectorScalarFilter,
  VectorScalarOperator,
  VectorScalarTrim,
} from './binary/vector-scalar-operator.ts';
import { VectorVectorOperator } from './binary/vector-vector-operator.ts';
import { InfoOperator } from './functions/info-operator.ts';
import { makeScalarCall, makeVectorCall } from './functions/make-call.ts';
import { NegateOperator } from './functions/map-operator.ts';
import { MergedOperator } from './merged-operator.ts';
import type { RangeOperator, ScalarOperator, VectorOperator } from './operator.ts';
import type { OperatorSource } from './operator-source.ts';
import { combineScalars, constantScalar, negateScalar } from './scalars/scalar-operators.ts';
import { InstantSelector } from './selectors/instant-selector.ts';
import { RangeSelector } from './selectors/range-selector.ts';
import { RepeatOperator, RepeatScalar } from './selectors/repeat-operator.ts';
import { SeriesReader } from './selectors/series-reader.ts';
import { SmoothedSelector } from './selectors/smoothed-selector.ts';
import { SubqueryOperator } from './selectors/subquery-operator.ts';
import { talliesOf } from './tally-of-nodes.ts';

export interface OperatorFactoryOptions {
  readonly context: QueryContext;
  /** Of the whole query: what `start()`, `end()`, `range()` and `step()` answer. */
  readonly times: QueryTimes;
  readonly sets: SeriesSets;
  readonly root: PlanNode;
  /** Measures the operators; null: nobody does. */
  readonly trace: OperatorTrace | null;
}

export class OperatorFactory implements OperatorSource {
  readonly context: QueryContext;
  readonly times: QueryTimes;
  readonly #sets: SeriesSets;
  readonly #vectors = new Map<PlanNode, VectorOperator>();
  readonly #scalars = new Map<PlanNode, ScalarOperator>();
  readonly #ranges = new Map<PlanNode, RangeOperator>();
  readonly #selectors = new Map<PlanNode, InstantSelector>();
  readonly #tallies: ReadonlyMap<PlanNode, SampleTally>;
  readonly #trace: OperatorTrace | null;

  constructor({ context, times, sets, root, trace }: OperatorFactoryOptions) {
    this.context = context;
    this.times = times;
    this.#sets = sets;
    this.#trace = trace;
    this.#tallies = talliesOf(root, context.samples);
  }

  tallyOf(node: PlanNode): SampleTally {
    const tally = this.#tallies.get(node);
    assert(tally !== undefined, 'a node that is made belongs to the plan', { kind: node.kind });
    return tally;
  }

  vector(node: PlanNode): VectorOperator {
    return remember(this.#vectors, node, () => {
      const operator = this.#makeVector(node);
      return this.#trace === null ? operator : this.#trace.vector(node, operator);
    });
  }

  scalar(node: PlanNode): ScalarOperator {
    return remember(this.#scalars, node, () => {
      const operator = this.#makeScalar(node);
      return this.#trace === null ? operator : this.#trace.scalar(node, operator);
    });
  }

  range(node: PlanNode): RangeOperator {
    return remember(this.#ranges, node, () => {
      const operator = this.#makeRange(node);
      return this.#trace === null ? operator : this.#trace.range(node, operator);
    });
  }

  instantSelector(node: SelectorPlan): InstantSelector {
    assert(node.extension === null, 'only plain selectors are looked into');
    return remember(this.#selectors, node, () => {
      const { context } = this;
      const { grid, windows } = node;
      const reader = this.#reader(node, false);
      return new InstantSelector({ context, tally: this.tallyOf(node), grid, windows, reader });
    });
  }

  #makeVector(node: PlanNode): VectorOperator {
    switch (node.kind) {
      case 'instant-selector':
        return this.#makeInstantSelector(node);
      case 'repeat':
        return new RepeatOperator(this.context, this.vector(node.inner));
      case 'negate':
        return new NegateOperator(this.vector(node.operand));
      case 'binary':
        return this.#makeBinary(node);
      case 'call':
        return makeVectorCall(this, node);
      case 'aggregation':
        return makeAggregation(this, node);
      case 'info':
        return this.#makeInfo(node);
      case 'number':
      case 'string':
      case 'range-selector':
      case 'subquery':
        return misplaced(node, 'vector');
      default:
        return unreachable(node);
    }
  }

  #makeInstantSelector(node: SelectorPlan): VectorOperator {
    if (node.extension === null) return this.instantSelector(node);
    const { grid, windows } = node;
    const reader = this.#reader(node, true);
    const tally = this.tallyOf(node);
    return new SmoothedSelector({ tally, grid, windows, reader, annotate: this.#annotator(node) });
  }

  #makeInfo(node: InfoPlan): VectorOperator {
    const { nameMatchers, dataMatchers, grid } = node;
    return new MergedOperator(
      this.context,
      new InfoOperator({
        context: this.context,
        operand: this.vector(node.operand),
        info: this.instantSelector(node.info),
        nameMatchers,
        dataMatchers,
        stepCount: grid.stepCount,
      }),
    );
  }

  /** Says something about the whole expression, wherever it stands. */
  #annotator(node: PlanNode): (annotation: Annotation) => void {
    return (annotation) => annotateSites(this.context, node, annotation);
  }

  #makeBinary(node: BinaryPlan): VectorOperator {
    const { operator, matching, returnBool, grid } = node;
    const { stepCount } = grid;
    if (node.left.type !== 'vector' || node.right.type !== 'vector') return this.#makeVectorScalar(node);
    const left = this.vector(node.left);
    const right = this.vector(node.right);
    const isReadWhole = { left: canTell(node.left), right: canTell(node.right) };
    const operands = { left, right, matching, stepCount, isReadWhole };
    if (operator === 'or') {
      return new MergedOperator(this.context, new UnionOperator(this.context, operands));
    }
    if (isSetOperator(operator)) return new FilterOperator(this.context, operands, operator === 'and');
    const { context } = this;
    const annotate = this.#annotator(node);
    return new VectorVectorOperator({ ...operands, context, operator, returnBool, annotate });
  }

  #makeVectorScalar(node: BinaryPlan): VectorOperator {
    const { operator, returnBool } = node;
    const swapped = node.left.type === 'scalar';
    const vector = this.vector(swapped ? node.right : node.left);
    const scalar = this.scalar(swapped ? node.left : node.right);
    const options = { operator, vector, scalar, swapped, returnBool, annotate: this.#annotator(node) };
    if (isTrim(operator)) return new VectorScalarTrim(options);
    const filters = isComparison(operator) && !returnBool;
    return filters ? new VectorScalarFilter(options) : new VectorScalarOperator(options);
  }

  #makeScalar(node: PlanNode): ScalarOperator {
    const { context } = this;
    switch (node.kind) {
      case 'number':
        return constantScalar(context, node.grid.stepCount, node.value);
      case 'repeat':
        return new RepeatScalar(context, this.scalar(node.inner), node.grid.stepCount);
      case 'negate':
        return negateScalar(context, node.grid, this.scalar(node.operand));
      case 'binary': {
        const combine = scalarFunction(node.operator);
        return combineScalars(context, node.grid, this.scalar(node.left), this.scalar(node.right), combine);
      }
      case 'call':
        return makeScalarCall(this, node);
      case 'aggregation':
      case 'info':
      case 'instant-selector':
      case 'range-selector':
      case 'string':
      case 'subquery':
        return misplaced(node, 'scalar');
      default:
        return unreachable(node);
    }
  }

  #makeRange(node: PlanNode): RangeOperator {
    if (node.kind === 'range-selector') return new RangeSelector(node.windows, this.#reader(node, true));
    assert(node.kind === 'subquery', 'only selectors and subqueries give ranges', { kind: node.kind });
    return new SubqueryOperator(this.context, this.vector(node.inner), node.inner.grid, node.windows);
  }

  #reader(node: SelectorPlan, dropStale: boolean): SeriesReader {
    const { select, isStatisticsOnly } = node;
    return new SeriesReader(this.context, this.#sets.get(select.index), { dropStale, isStatisticsOnly });
  }
}

function misplaced(node: PlanNode, type: string): never {
  throw new InvariantError(`the checker lets no ${node.kind} stand for a ${type}`);
}

function remember<T>(made: Map<PlanNode, T>, node: PlanNode, make: () => T): T {
  const known = made.get(node);
  if (known !== undefined) return known;
  const operator = make();
  made.set(node, operator);
  return operator;
}
