/**
 * The evaluator's front door: parse (cached), plan, ask the source for all series, then evaluate in one go.
 * Only the questions to the source are asynchronous; an engine may run any number of queries, each with its
 * own context, but never two of them at the same moment.
 */
import { LruMap, PromontoryError, systemClock, type Clock } from '@promontory/base';
import type { Expression } from '../ast/expression.ts';
import { typeName, typeOf } from '../check/check-types.ts';
import { ERR_QUERY_STEPS_MAX, ERR_QUERY_TYPE } from '../error-codes.ts';
import { OperatorFactory } from '../operators/operator-factory.ts';
import { DEFAULT_PARSE_OPTIONS, parseExpression, type ParseOptions } from '../parser/parse-expression.ts';
import type { QueryTimes } from '../plan/duration-value.ts';
import type { QueryPlan } from '../plan/plan-node.ts';
import { outlineOf, type QueryOutline } from '../plan/plan-outline.ts';
import { planQuery } from '../plan/planner.ts';
import type {
  InstantQueryRequest,
  QueryCost,
  QueryResult,
  QueryValue,
  RangeQueryRequest,
} from '../query-result.ts';
import type { SeriesSource } from '../series-source.ts';
import { OperatorTrace } from '../trace/operator-trace.ts';
import { assembleInstant, assembleRange } from './assemble-result.ts';
import { executionError } from './execution-error.ts';
import { EngineMemory } from './engine-memory.ts';
import { QueryContext } from './query-context.ts';
import { QuerySamples } from './query-samples.ts';
import { SeriesSets } from './series-sets.ts';
import { TimeGrid } from './time-grid.ts';

export interface QueryEngineOptions {
  /** Parsed queries that are kept, the least recently used forgotten first; 0 for none. */
  readonly parseCacheEntriesMax: number;
  readonly clock?: Clock;
  /** Bounds of the query text, generous by default, and whether experimental parts of the language are on; they are. */
  readonly parse?: Partial<ParseOptions>;
  /** Step of subqueries that name none; one minute by default. */
  readonly subqueryStepMs?: number;
}

const SUBQUERY_STEP_MS = 60_000;

/** All errors of both methods are PromontoryErrors with the codes of this package, or the source's own. */
export class QueryEngine {
  readonly #clock: Clock;
  readonly #parseOptions: ParseOptions;
  readonly #subqueryStepMs: number;
  /** By text. Errors are not kept. */
  readonly #parsed: LruMap<string, Expression>;
  readonly #memory: EngineMemory;

  constructor(options: QueryEngineOptions) {
    this.#clock = options.clock ?? systemClock;
    this.#parseOptions = { ...DEFAULT_PARSE_OPTIONS, ...options.parse };
    this.#memory = new EngineMemory(this.#parseOptions.regexWeightMax);
    this.#subqueryStepMs = options.subqueryStepMs ?? SUBQUERY_STEP_MS;
    this.#parsed = new LruMap(options.parseCacheEntriesMax);
  }

  /**
   * As queries of this engine are read.
   *
   * @throws PromontoryError ERR_QUERY_SYNTAX, ERR_QUERY_TYPE, ERR_QUERY_DEPTH_MAX
   */
  parse(query: string): Expression {
    return this.#parsed.getOrMake(query, (text) => parseExpression(text, this.#parseOptions));
  }

  /** Vectors come in the order in which the expression gives them (sort, topk); matrices sorted by labels. */
  async instantQuery(source: SeriesSource, request: InstantQueryRequest): Promise<QueryResult> {
    const expression = this.#parseTraced(request);
    return this.#run(source, request, expression, TimeGrid.single(request.timeMs), false);
  }

  /** Always a matrix, sorted by labels, without empty series. */
  async rangeQuery(source: SeriesSource, request: RangeQueryRequest): Promise<QueryResult> {
    const expression = this.#parseTraced(request);
    requireRange(request, expression);
    requireSteps(request);
    const { startMs, endMsInclusive, stepMs } = request;
    return this.#run(source, request, expression, TimeGrid.between(startMs, endMsInclusive, stepMs), true);
  }

  /**
   * What a query will ask of a source and how much it can give, without asking. Any number of steps is accepted up to
   * OUTLINED_STEPS_MAX.
   *
   * @throws PromontoryError as the methods that run queries
   */
  outline(request: InstantQueryRequest | RangeQueryRequest): QueryOutline {
    const expression = this.parse(request.query);
    const isRangeQuery = 'startMs' in request;
    if (isRangeQuery) {
      requireRange(request, expression);
      requireSteps({ ...request, limits: { ...request.limits, stepsMax: OUTLINED_STEPS_MAX } });
    }
    const grid = isRangeQuery
      ? TimeGrid.between(request.startMs, request.endMsInclusive, request.stepMs)
      : TimeGrid.single(request.timeMs);
    return outlineOf(this.#plan(request, expression, grid).plan);
  }

  #plan(
    request: InstantQueryRequest | RangeQueryRequest,
    expression: Expression,
    grid: TimeGrid,
  ): { plan: QueryPlan; times: QueryTimes } {
    const times = {
      startMs: grid.startMs,
      endMs: 'endMsInclusive' in request ? request.endMsInclusive : grid.startMs,
      stepMs: 'stepMs' in request ? grid.stepMs : 0,
    };
    const { lookbackDeltaMs } = request;
    const plan = planQuery(expression, grid, {
      times,
      lookbackDeltaMs,
      subqueryStepMs: this.#subqueryStepMs,
    });
    return { plan, times };
  }

  #parseTraced({ query, trace }: InstantQueryRequest | RangeQueryRequest): Expression {
    const span = trace?.child('parse');
    const expression = this.parse(query);
    span?.end();
    return expression;
  }

  async #run(
    source: SeriesSource,
    request: InstantQueryRequest | RangeQueryRequest,
    expression: Expression,
    grid: TimeGrid,
    isRangeQuery: boolean,
  ): Promise<QueryResult> {
    const { query, limits, isCancelled, trace } = request;
    const clock = this.#clock;
    const startMs = clock.monotonicMs();
    const samples = new QuerySamples(grid.stepCount, request.perStepStats ?? false);
    const context = new QueryContext({
      text: query,
      limits,
      isCancelled,
      clock,
      samples,
      memory: this.#memory,
    });
    const planSpan = trace?.child('plan');
    const { plan, times } = this.#plan(request, expression, grid);
    planSpan?.end(`${plan.selects.length} selections, ${grid.stepCount} steps`);
    context.checkpoint();
    const selectSpan = trace?.child('select');
    const sets = await SeriesSets.select(source, plan.selects, () => context.checkpoint(), selectSpan);
    selectSpan?.end();
    try {
      context.checkpoint();
      const preparedMs = clock.monotonicMs();
      const evaluateSpan = trace?.child('evaluate');
      const operatorTrace = evaluateSpan === undefined ? null : new OperatorTrace(clock);
      const operators = new OperatorFactory({ context, times, sets, root: plan.root, trace: operatorTrace });
      const assemble = isRangeQuery ? assembleRange : assembleInstant;
      const value = assemble(operators, plan.root);
      // What was given up while it was worked on is not answered.
      context.checkpoint();
      const endMs = clock.monotonicMs();
      evaluateSpan?.end(`${samples.read} samples read, at most ${context.budget.peakBytes} bytes held`);
      if (evaluateSpan !== undefined) operatorTrace?.addTo(evaluateSpan, plan.root);
      if (evaluateSpan !== undefined) evaluateSpan.add('sort the result', context.sortMs);
      return resultOf(context, value, sets.warnings, { startMs, preparedMs, endMs });
    } finally {
      context.close();
      sets.close();
      request.onEnd?.(costOf(context));
    }
  }
}

/** More would not be told from each other. */
const OUTLINED_STEPS_MAX = 1e12;

function requireRange(request: RangeQueryRequest, expression: Expression): void {
  const type = typeOf(expression);
  if (type !== 'vector' && type !== 'scalar') {
    // Without a position, as Prometheus says it: the whole query is meant.
    throw new PromontoryError(
      `invalid expression type "${typeName(type)}" for range query, must be Scalar or instant Vector`,
      { code: ERR_QUERY_TYPE, kind: 'bad-data' },
    );
  }
  const { startMs, endMsInclusive, stepMs } = request;
  if (!(stepMs > 0) || !(endMsInclusive >= startMs)) {
    throw executionError('range query needs a positive step and an end that is not before its start', {
      startMs,
      endMsInclusive,
      stepMs,
    });
  }
}

function requireSteps({ startMs, endMsInclusive, stepMs, limits: { stepsMax } }: RangeQueryRequest): void {
  if (Math.floor((endMsInclusive - startMs) / stepMs) <= stepsMax) return;
  throw new PromontoryError(
    `exceeded maximum resolution of ${stepsMax.toLocaleString('en-US')} points per timeseries. ` +
      'Try decreasing the query resolution (?step=XX)',
    { code: ERR_QUERY_STEPS_MAX, kind: 'bad-data', context: { stepsMax } },
  );
}

interface PhaseTimes {
  readonly startMs: number;
  readonly preparedMs: number;
  readonly endMs: number;
}

/** @param missing what the source lacked */
function resultOf(
  context: QueryContext,
  value: QueryValue,
  missing: readonly string[],
  phases: PhaseTimes,
): QueryResult {
  const { annotations, samples, sortMs } = context;
  const { startMs, preparedMs, endMs } = phases;
  return {
    value,
    // First: of many warnings ten are told.
    warnings: [...missing, ...annotations.warnings],
    infos: annotations.infos,
    stats: {
      timings: {
        preparationMs: preparedMs - startMs,
        evaluationMs: endMs - preparedMs - sortMs,
        sortMs,
        totalMs: endMs - startMs,
      },
      samplesQueryable: samples.queryable,
      samplesQueryablePerStep: samples.perStep,
      ...costOf(context),
    },
  };
}

function costOf({ samples, budget }: QueryContext): QueryCost {
  return {
    samplesRead: samples.read,
    samplesPeak: budget.peakSamples,
    memoryBytesPeak: budget.peakBytes,
  };
}
