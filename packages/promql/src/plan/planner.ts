/**
 * Expression → plan for given times: durations get their values, every selector its window and the range of
 * samples it needs, subqueries their own grids. Constants are folded, sub-expressions that do not depend on
 * the time are evaluated once, equal nodes and equal selections are shared.
 */
import { assert, unreachable } from '@promontory/base';
import { Matcher, METRIC_NAME } from '@promontory/model';
import {
  isTrim,
  unwrapParentheses,
  type Binary,
  type Call,
  type Expression,
  type MatrixSelector,
  type Subquery,
  type TimeShift,
  type VectorMatching,
  type VectorSelector,
} from '../ast/expression.ts';
import { typeOf } from '../check/check-types.ts';
import { TimeGrid } from '../evaluate/time-grid.ts';
import { scalarFunction } from '../operators/binary/binary-functions.ts';
import type { WindowShape } from '../operators/operator.ts';
import { executionError } from '../evaluate/execution-error.ts';
import { durationValueMs, positiveDurationMs, type QueryTimes } from './duration-value.ts';
import { HistogramNeeds } from './histogram-needs.ts';
import type { PlanNode, QueryPlan, SelectPlan, SelectorPlan, Site } from './plan-node.ts';
import { shiftsOf } from './reference-shift.ts';
import { StepInvariance } from './step-invariance.ts';

export interface PlanOptions {
  readonly times: QueryTimes;
  readonly lookbackDeltaMs: number;
  /** Step of subqueries that name none. */
  readonly subqueryStepMs: number;
}

const NO_MATCHING: VectorMatching = {
  cardinality: 'one-to-one',
  on: false,
  labelNames: [],
  includedNames: [],
  fill: { left: null, right: null },
};

/** Functions of the times of a selector's samples, which its values do not tell. */
const SAMPLE_TIME_FUNCTIONS: ReadonlySet<string> = new Set(['timestamp', 'start_timestamp']);

/** Info series have this name unless the call says otherwise; where it only says which not, names end like this. */
const INFO_NAME = new Matcher('=', METRIC_NAME, 'target_info');
const ANY_INFO_NAME = new Matcher('=~', METRIC_NAME, '.+_info');

/** A node without what the planner adds to it. */
type Draft = PlanNode extends infer Node
  ? Node extends PlanNode
    ? Omit<Node, 'id' | 'type' | 'grid' | 'sites'>
    : never
  : never;

/** @throws PromontoryError ERR_QUERY_EXECUTION for durations that make no sense at these times */
export function planQuery(expression: Expression, grid: TimeGrid, options: PlanOptions): QueryPlan {
  const planner = new Planner(options);
  return { root: planner.plan(expression, grid, ''), selects: planner.selects };
}

class Planner {
  readonly selects: SelectPlan[] = [];
  readonly #options: PlanOptions;
  readonly #invariance = new StepInvariance();
  readonly #needs = new HistogramNeeds();
  readonly #nodes = new Map<string, PlanNode>();
  readonly #selectsByKey = new Map<string, SelectPlan>();
  #siteCount = 0;

  constructor(options: PlanOptions) {
    this.#options = options;
  }

  /** @param parentName the function or aggregation directly above, '' for none */
  plan(wrapped: Expression, grid: TimeGrid, parentName: string): PlanNode {
    const expression = unwrapParentheses(wrapped);
    if (this.#isRepeated(expression, grid)) {
      const inner = this.#planPlain(expression, TimeGrid.single(grid.startMs), parentName);
      if (inner.kind === 'number') return this.#number(inner.value, expression, grid);
      return this.#intern({ kind: 'repeat', inner }, expression, grid, `repeat ${inner.id}`);
    }
    return this.#planPlain(expression, grid, parentName);
  }

  #isRepeated(expression: Expression, grid: TimeGrid): boolean {
    if (grid.stepCount <= 1 || expression.kind === 'number' || expression.kind === 'string') return false;
    const type = typeOf(expression);
    return (type === 'vector' || type === 'scalar') && this.#invariance.of(expression);
  }

  #planPlain(expression: Expression, grid: TimeGrid, parentName: string): PlanNode {
    return this.#needs.within(expression, () => this.#planKind(expression, grid, parentName));
  }

  #planKind(expression: Expression, grid: TimeGrid, parentName: string): PlanNode {
    switch (expression.kind) {
      case 'number':
        return this.#number(expression.value, expression, grid);
      case 'string':
        return this.#intern({ kind: 'string', literal: expression }, expression, grid, expression.value);
      case 'vector-selector':
        return this.#selector('instant-selector', expression, expression, grid, parentName);
      case 'matrix-selector':
        return this.#selector('range-selector', expression.selector, expression, grid, parentName);
      case 'subquery':
        return this.#subquery(expression, grid);
      case 'unary':
        return this.#unary(expression, grid, parentName);
      case 'binary':
        return this.#binary(expression, grid);
      case 'call': {
        const { functionName } = expression;
        if (functionName === 'info') return this.#info(expression, grid);
        const args = expression.args.map((argument) => this.#argument(argument, grid, functionName));
        return this.#intern({ kind: 'call', functionName, args }, expression, grid, functionName, args);
      }
      case 'aggregation':
        return this.#aggregation(expression, grid);
      case 'parenthesis':
        return this.plan(expression, grid, parentName);
      default:
        return unreachable(expression);
    }
  }

  #argument(argument: Expression, grid: TimeGrid, functionName: string): PlanNode {
    const plain = unwrapParentheses(argument);
    // These look at the selector's samples themselves, so that one is not hidden behind a repetition.
    const needsSelector = SAMPLE_TIME_FUNCTIONS.has(functionName) && plain.kind === 'vector-selector';
    return needsSelector ? this.#planPlain(plain, grid, functionName) : this.plan(plain, grid, functionName);
  }

  #number(value: number, expression: Expression, grid: TimeGrid): PlanNode {
    const key = Object.is(value, -0) ? '-0' : String(value);
    return this.#intern({ kind: 'number', value }, expression, grid, key);
  }

  #unary(expression: Extract<Expression, { kind: 'unary' }>, grid: TimeGrid, parentName: string): PlanNode {
    const operand = this.plan(expression.operand, grid, parentName);
    if (expression.operator === '+') return operand;
    if (operand.kind === 'number') return this.#number(-operand.value, expression, grid);
    return this.#intern({ kind: 'negate', operand }, expression, grid, '', [operand]);
  }

  #binary(expression: Binary, grid: TimeGrid): PlanNode {
    const { operator, returnBool } = expression;
    const left = this.plan(expression.left, grid, '');
    const right = this.plan(expression.right, grid, '');
    if (left.type === 'scalar' && right.type === 'scalar' && isTrim(operator)) {
      throw executionError(`operator "${operator}" not allowed for Scalar operations`);
    }
    const folded = foldConstants(expression, left, right);
    if (folded !== null) return this.#number(folded, expression, grid);
    const matching = expression.matching ?? NO_MATCHING;
    const draft = { kind: 'binary' as const, operator, left, right, returnBool, matching };
    // JSON knows neither NaN nor infinities, which fill values can be.
    const { left: fillLeft, right: fillRight } = matching.fill;
    const key = `${operator} ${returnBool} ${JSON.stringify(matching)} ${fillLeft} ${fillRight}`;
    return this.#intern(draft, expression, grid, key, [left, right]);
  }

  #aggregation(expression: Extract<Expression, { kind: 'aggregation' }>, grid: TimeGrid): PlanNode {
    const { name, without, labelNames } = expression;
    const operand = this.plan(expression.expression, grid, name);
    const parameter = expression.parameter === null ? null : this.plan(expression.parameter, grid, '');
    const draft = { kind: 'aggregation' as const, name, operand, parameter, without, labelNames };
    const key = `${name} ${without} ${JSON.stringify(labelNames)}`;
    return this.#intern(draft, expression, grid, key, parameter === null ? [operand] : [operand, parameter]);
  }

  #selector(
    kind: SelectorPlan['kind'],
    selector: VectorSelector,
    expression: VectorSelector | MatrixSelector,
    grid: TimeGrid,
    parentName: string,
  ): PlanNode {
    const isRange = expression.kind === 'matrix-selector';
    const rangeMs = isRange
      ? positiveDurationMs(expression.range, this.#options.times)
      : this.#options.lookbackDeltaMs;
    const { extension, matchers } = selector;
    const windows = { ...this.#windows(selector, rangeMs), ...this.#reach(extension, isRange) };
    const select = this.#select(matchers, windows, grid, isRange ? rangeMs : 0, parentName);
    const { isStatisticsOnly } = this.#needs;
    const draft = { kind, select, windows, matchers, extension, isStatisticsOnly };
    const key = `${select.index} ${extension} ${isStatisticsOnly} ${JSON.stringify(windows)}`;
    return this.#intern(draft, expression, grid, key);
  }

  /** How far beyond the window's ends an extension looks for samples. */
  #reach(
    extension: VectorSelector['extension'],
    isRange: boolean,
  ): Pick<WindowShape, 'beforeMs' | 'afterMs'> {
    const { lookbackDeltaMs } = this.#options;
    return {
      // An instant selector's window is the lookback already.
      beforeMs: extension !== null && isRange ? lookbackDeltaMs : 0,
      afterMs: extension === 'smoothed' ? lookbackDeltaMs : 0,
    };
  }

  #info(expression: Call, grid: TimeGrid): PlanNode {
    const [first, second] = expression.args;
    assert(first !== undefined, 'the checker counted the arguments');
    const operand = this.plan(first, grid, 'info');
    const selector = second === undefined ? null : unwrapParentheses(second);
    assert(selector === null || selector.kind === 'vector-selector', 'the checker wants a selector here');
    const given = selector?.matchers ?? [];
    const nameMatchers = given.filter(({ name }) => name === METRIC_NAME);
    const dataMatchers = given.filter(({ name }) => name !== METRIC_NAME);
    if (nameMatchers.length === 0) nameMatchers.push(INFO_NAME);
    const isPositive = nameMatchers.some(({ operator }) => operator === '=' || operator === '=~');
    const matchers = [...nameMatchers, ...(isPositive ? [] : [ANY_INFO_NAME]), ...dataMatchers];
    const info = this.#infoSelector(expression, first, matchers, grid);
    assert(info.kind === 'instant-selector', 'a selector is planned as one');
    const draft = { kind: 'info' as const, operand, info, nameMatchers, dataMatchers };
    return this.#intern(draft, expression, grid, matchersKey(given), [operand, info]);
  }

  /** Info series are looked at at the time of the samples that they describe. */
  #infoSelector(
    expression: Call,
    described: Expression,
    matchers: readonly Matcher[],
    grid: TimeGrid,
  ): PlanNode {
    const rangeMs = this.#options.lookbackDeltaMs;
    let offsetMs = 0;
    let atMs: number | null = null;
    for (const shift of shiftsOf(described)) {
      const own = this.#windows(shift, rangeMs);
      offsetMs += own.offsetMs;
      atMs ??= own.atMs;
    }
    const windows = { rangeMs, offsetMs, atMs, beforeMs: 0, afterMs: 0 };
    const select = this.#select(matchers, windows, grid, 0, 'info');
    const draft = {
      kind: 'instant-selector' as const,
      select,
      windows,
      matchers,
      extension: null,
      isStatisticsOnly: false,
    };
    return this.#intern(draft, expression, grid, `info ${select.index} ${JSON.stringify(windows)}`);
  }

  #subquery(expression: Subquery, grid: TimeGrid): PlanNode {
    const rangeMs = positiveDurationMs(expression.range, this.#options.times);
    const windows = { ...this.#windows(expression, rangeMs), ...this.#reach(null, true) };
    const stepMs =
      expression.step === null
        ? this.#options.subqueryStepMs
        : positiveDurationMs(expression.step, this.#options.times);
    const firstMs = (windows.atMs ?? grid.startMs) - windows.offsetMs - rangeMs;
    const lastMs = (windows.atMs ?? grid.endMs) - windows.offsetMs;
    // Steps are multiples of the step size; division truncates towards zero.
    let startMs = stepMs * Math.trunc(firstMs / stepMs);
    if (startMs <= firstMs) startMs += stepMs;
    const inner = this.plan(expression.expression, TimeGrid.between(startMs, lastMs, stepMs), '');
    return this.#intern({ kind: 'subquery', inner, windows }, expression, grid, JSON.stringify(windows), [
      inner,
    ]);
  }

  #windows(shift: TimeShift, rangeMs: number): Omit<WindowShape, 'beforeMs' | 'afterMs'> {
    const { times } = this.#options;
    const offsetMs = shift.offset === null ? 0 : durationValueMs(shift.offset, times);
    if (shift.at === null) return { rangeMs, offsetMs, atMs: null };
    if (shift.at.kind === 'time') return { rangeMs, offsetMs, atMs: shift.at.timestampMs };
    return { rangeMs, offsetMs, atMs: shift.at.kind === 'start' ? times.startMs : times.endMs };
  }

  #select(
    matchers: readonly Matcher[],
    windows: WindowShape,
    grid: TimeGrid,
    hintRangeMs: number,
    functionName: string,
  ): SelectPlan {
    const firstMs = (windows.atMs ?? grid.startMs) - windows.offsetMs;
    const lastMs = windows.atMs === null ? Math.max(firstMs, grid.endMs - windows.offsetMs) : firstMs;
    const stepMs = grid.stepCount > 1 ? grid.stepMs : 0;
    const range = [firstMs - windows.rangeMs - windows.beforeMs + 1, lastMs + windows.afterMs] as const;
    const key = `${matchersKey(matchers)} ${range.join()} ${stepMs} ${hintRangeMs} ${functionName}`;
    const known = this.#selectsByKey.get(key);
    if (known !== undefined) return known;
    const select: SelectPlan = {
      index: this.selects.length,
      request: {
        matchers,
        rangeStartMsInclusive: range[0],
        rangeEndMsInclusive: range[1],
        hints: { stepMs, rangeMs: hintRangeMs, functionName },
      },
    };
    this.selects.push(select);
    this.#selectsByKey.set(key, select);
    return select;
  }

  #intern(
    draft: Draft,
    expression: Expression,
    grid: TimeGrid,
    detail: string,
    children: readonly PlanNode[] = [],
  ): PlanNode {
    const key = JSON.stringify([draft.kind, detail, children.map((child) => child.id), grid.key]);
    const site = siteOf(expression, this.#siteCount++);
    const known = this.#nodes.get(key);
    if (known !== undefined) {
      known.sites.push(site);
      return known;
    }
    const type = typeOf(expression);
    const sites = [site];
    const node = { ...draft, id: this.#nodes.size, type, grid, sites } as PlanNode;
    this.#nodes.set(key, node);
    return node;
  }
}

function foldConstants(expression: Binary, left: PlanNode, right: PlanNode): number | null {
  if (left.kind !== 'number' || right.kind !== 'number') return null;
  return scalarFunction(expression.operator)(left.value, right.value);
}

/** Of arguments, what stands inside of their parentheses is the place, as in Prometheus. */
function siteOf(expression: Expression, order: number): Site {
  const args = argumentsOf(expression).map((argument) => unwrapParentheses(argument).position);
  return { order, own: expression.position, args };
}

function argumentsOf(expression: Expression): readonly Expression[] {
  if (expression.kind === 'call') return expression.args;
  if (expression.kind !== 'aggregation') return [];
  const { expression: operand, parameter } = expression;
  return parameter === null ? [operand] : [operand, parameter];
}

function matchersKey(matchers: readonly Matcher[]): string {
  const parts = matchers.map(({ operator, name, value }) => [
    name === METRIC_NAME ? '' : name,
    operator,
    value,
  ]);
  return JSON.stringify(parts);
}
