// HOT PATH: two column reads and one function call a sample per pair, no allocation once grown.
/**
 * Arithmetic and comparisons between two vectors, one-to-one, many-to-one and one-to-many (which is many-to-one
 * with the sides swapped). Reading an output reads the series that give it, step by step, and checks on the way
 * that no two series of the "one" side, and no two that would give the same result, meet at a step.
 */
import { assert } from '@promontory/base';
import type { NativeHistogram } from '@promontory/model';
import { isComparison, isTrim } from '../../ast/expression.ts';
import type { Annotation } from '../../evaluate/annotation-texts.ts';
import type { QueryContext } from '../../evaluate/query-context.ts';
import { FLOAT, NO_SAMPLE, type StepColumn } from '../../evaluate/step-column.ts';
import type { SeriesMetadata, VectorOperator } from '../operator.ts';
import { comparisonFunction, scalarFunction } from './binary-functions.ts';
import { HistogramBinary, type Operand } from './histogram-binary.ts';
import { ambiguousResult } from './match-errors.ts';
import { LastNotes } from './last-notes.ts';
import {
  FILLED,
  groupBySignature,
  isCrowded,
  outputsOf,
  type MatchGroup,
  type MatchOutput,
  type MatchPair,
  type MatchRules,
} from './match-groups.ts';
import { OneSideReader, type OneSide } from './one-side.ts';

export interface VectorVectorOptions extends MatchRules {
  readonly context: QueryContext;
  readonly left: VectorOperator;
  readonly right: VectorOperator;
  readonly stepCount: number;
  /** Which sides are to be read as a whole, for their errors and annotations. */
  readonly isReadWhole: { readonly left: boolean; readonly right: boolean };
  readonly annotate: (annotation: Annotation) => void;
}

export class VectorVectorOperator implements VectorOperator {
  readonly #options: VectorVectorOptions;
  readonly #many: VectorOperator;
  readonly #one: VectorOperator;
  readonly #swapped: boolean;
  readonly #combine: (left: number, right: number) => number;
  readonly #holds: ((left: number, right: number) => boolean) | null;
  readonly #histograms: HistogramBinary;
  readonly #notes: LastNotes;
  /** The step and pair that histograms are combined for. */
  #step = 0;
  #rank = 0;
  readonly #oneSides: OneSideReader;
  readonly #checkedGroups = new Set<MatchGroup>();
  #outputs: readonly MatchOutput[] | null = null;
  #series: readonly SeriesMetadata[] | null = null;

  constructor(options: VectorVectorOptions) {
    const { context, operator, matching, left, right, returnBool, stepCount } = options;
    this.#options = options;
    this.#swapped = matching.cardinality === 'one-to-many';
    this.#many = this.#swapped ? right : left;
    this.#one = this.#swapped ? left : right;
    const filters = isComparison(operator) && !returnBool;
    this.#combine = filters || isTrim(operator) ? (leftValue) => leftValue : scalarFunction(operator);
    this.#holds = filters ? comparisonFunction(operator) : null;
    this.#notes = new LastNotes(options.context.annotations, options.annotate);
    this.#histograms = new HistogramBinary(operator, (annotation) =>
      this.#notes.note(this.#step, this.#rank, annotation),
    );
    const [many, one] = [this.#many, this.#one];
    this.#oneSides = new OneSideReader({ context, many, one, matching, stepCount });
  }

  series(): readonly SeriesMetadata[] {
    this.#series ??= this.#plan().map(({ series }) => series);
    return this.#series;
  }

  read(seriesIndex: number, target: StepColumn): void {
    const output = this.#plan()[seriesIndex];
    assert(output !== undefined, 'a planned output is read', { seriesIndex });
    const { context, stepCount, matching } = this.#options;
    context.checkpoint();
    const oneSide = this.#oneSides.read(output.group);
    if (matching.cardinality === 'one-to-one') this.#checkManySide(output.group, oneSide);
    target.clear();
    const matched = context.pool.acquire(stepCount);
    const column = context.pool.acquire(stepCount);
    for (const pair of output.pairs) {
      if (pair.many === FILLED) this.#fillManySide(pair.one, oneSide, column);
      else this.#many.read(pair.many, column);
      this.#combinePair(pair, column, oneSide, matched, target);
    }
    context.pool.release(column);
    context.pool.release(matched);
  }

  #plan(): readonly MatchOutput[] {
    if (this.#outputs !== null) return this.#outputs;
    const sides = { many: this.#many.series(), one: this.#one.series() };
    const { context, matching } = this.#options;
    const groups = groupBySignature(context, sides, matching);
    // Ambiguity is an error even in a group that nothing matches, and no output would be read for it. It is
    // looked for first: the pairs of an ambiguous group can be too many to list.
    for (const group of inOrderOfDiscovery(groups)) this.#oneSides.read(group);
    this.#outputs = groups.flatMap((group) => {
      const outputs = outputsOf(context, group, sides, this.#options);
      if (outputs.length === 0) this.#readUnmatched(group);
      return outputs;
    });
    return this.#outputs;
  }

  /** One side has nothing in the group: the other is read for its errors and annotations alone. */
  #readUnmatched(group: MatchGroup): void {
    const { context, stepCount, isReadWhole } = this.#options;
    const column = context.pool.acquire(stepCount);
    const isManyRead = this.#swapped ? isReadWhole.right : isReadWhole.left;
    const isOneRead = this.#swapped ? isReadWhole.left : isReadWhole.right;
    if (isManyRead) for (const index of group.many) this.#many.read(index, column);
    if (isOneRead) for (const index of group.one) this.#one.read(index, column);
    context.pool.release(column);
  }

  #combinePair(
    pair: MatchPair,
    many: StepColumn,
    oneSide: OneSide,
    matched: StepColumn,
    target: StepColumn,
  ): void {
    const one = oneSide.column;
    const combine = this.#combine;
    const holds = this.#holds;
    const swapped = this.#swapped;
    const isTrimming = isTrim(this.#options.operator);
    const rank = pair.many === FILLED ? this.#many.series().length + pair.one : pair.many;
    for (let step = 0; step < target.stepCount;) {
      const end = target.blocks.endOf(step, target.stepCount);
      for (; step < end; step++) {
        if (many.kinds[step] === NO_SAMPLE || one.kinds[step] === NO_SAMPLE) continue;
        if (oneSide.seriesAtStep[step] !== pair.one) continue;
        const areFloats = many.kinds[step] === FLOAT && one.kinds[step] === FLOAT && !isTrimming;
        const histogram = areFloats ? null : this.#combineHistograms(step, rank, many, one);
        if (histogram === 'incompatible') continue;
        // Counted before the filter: a comparison does not hide an ambiguous match.
        if (matched.kinds[step] !== NO_SAMPLE) throw ambiguousResult(this.#options.matching.cardinality);
        matched.kinds[step] = FLOAT;
        if (!areFloats) {
          this.#setHistogram(step, histogram, target);
          continue;
        }
        const left = swapped ? one.values[step]! : many.values[step]!;
        const right = swapped ? many.values[step]! : one.values[step]!;
        if (holds === null || holds(left, right)) target.set(step, combine(left, right));
      }
    }
  }

  /**
   * @param rank of the pair at its step, by which the last that there is something to tell of is found
   * @returns as HistogramBinary
   */
  #combineHistograms(
    step: number,
    rank: number,
    many: StepColumn,
    one: StepColumn,
  ): NativeHistogram | null | 'incompatible' {
    this.#step = step;
    this.#rank = rank;
    const left = operandOf(this.#swapped ? one : many, step);
    const right = operandOf(this.#swapped ? many : one, step);
    return this.#histograms.combine(left, right);
  }

  #setHistogram(step: number, result: NativeHistogram | null, target: StepColumn): void {
    const { operator, returnBool } = this.#options;
    if (isComparison(operator) && returnBool) target.set(step, result === null ? 0 : 1);
    else if (result !== null) target.setHistogram(step, result);
  }

  /** Samples that do not go together are none: they match nothing, and a value is filled in beside them. */
  #goTogether(step: number, manyIndex: number, many: StepColumn, one: StepColumn): boolean {
    if (many.kinds[step] === NO_SAMPLE || one.kinds[step] === NO_SAMPLE) return false;
    const areFloats = many.kinds[step] === FLOAT && one.kinds[step] === FLOAT;
    if (areFloats && !isTrim(this.#options.operator)) return true;
    return this.#combineHistograms(step, manyIndex, many, one) !== 'incompatible';
  }

  /** The value that stands for the "many" side wherever the series of the "one" side is left alone. */
  #fillManySide(oneIndex: number, oneSide: OneSide, target: StepColumn): void {
    const { context, stepCount, matching } = this.#options;
    const fill = matching.fill.left;
    assert(fill !== null, 'a filled pair is planned where the matching fills');
    const single = context.pool.acquire(stepCount);
    const taken = context.pool.acquire(stepCount);
    for (const index of oneSide.group.many) {
      this.#many.read(index, single);
      for (let step = 0; step < stepCount;) {
        const end = context.blocks.endOf(step, stepCount);
        for (; step < end; step++) {
          if (this.#goTogether(step, index, single, oneSide.column)) taken.kinds[step] = FLOAT;
        }
      }
    }
    target.clear();
    for (let step = 0; step < stepCount;) {
      const end = context.blocks.endOf(step, stepCount);
      for (; step < end; step++) {
        if (taken.kinds[step] === NO_SAMPLE && oneSide.seriesAtStep[step] === oneIndex)
          target.set(step, fill);
      }
    }
    context.pool.release(taken);
    context.pool.release(single);
  }

  /** One-to-one: no two series of the group's other side may match at a step, whatever their results' labels. */
  #checkManySide(group: MatchGroup, oneSide: OneSide): void {
    if (group.many.length < 2 || this.#checkedGroups.has(group)) return;
    this.#checkedGroups.add(group);
    const { context, stepCount } = this.#options;
    const matched = context.pool.acquire(stepCount);
    const column = context.pool.acquire(stepCount);
    for (const index of group.many) {
      this.#many.read(index, column);
      for (let step = 0; step < stepCount;) {
        const end = context.blocks.endOf(step, stepCount);
        for (; step < end; step++) {
          if (!this.#goTogether(step, index, column, oneSide.column)) continue;
          if (matched.kinds[step] !== NO_SAMPLE) throw ambiguousResult('one-to-one');
          matched.kinds[step] = FLOAT;
        }
      }
    }
    context.pool.release(column);
    context.pool.release(matched);
  }
}

/** The ambiguous groups, those first whose second series comes first. */
function inOrderOfDiscovery(groups: readonly MatchGroup[]): MatchGroup[] {
  return groups.filter(isCrowded).sort((left, right) => left.one[1]! - right.one[1]!);
}

function operandOf(column: StepColumn, step: number): Operand {
  return column.kinds[step] === FLOAT ? column.values[step]! : column.histogram(step);
}
