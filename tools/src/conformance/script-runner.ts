/**
 * Runs the commands of one script against the engine. An instant eval is asked twice: at its time, and as the
 * middle step of a range query, since both must agree.
 */
import { errorCode, errorMessage } from '@promontory/base';
import { METRIC_NAME, type Labels } from '@promontory/model';
import {
  childExpressions,
  ERR_QUERY_NOT_SUPPORTED,
  MemorySeriesSource,
  parseExpression,
  QueryEngine,
  STALE,
  type Expression,
  type QueryResult,
} from '@promontory/promql';
import { compareAnnotations, compareValue, matchesText, vectorAt } from './compare-result.ts';
import type { EvalCommand, LoadCommand, LoadedSeries, ScriptCommand } from './script.ts';

export type EvalOutcome =
  | { readonly kind: 'passed' }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'skipped'; readonly part: string };

const LOOKBACK_MS = 300_000;
const MINUTE_MS = 60_000;
const LIMITS = { samplesMax: 50_000_000, memoryBytesMax: 2 ** 30, durationMsMax: 60_000, stepsMax: 11_000 };
/** Answers that depend on the query's own times differ between an instant and a range query. */
const CONTEXT_FUNCTION = /\b(?:start|end|range|step)\s*\(\s*\)/i;
const CLASSIC_SUFFIX = /_(?:bucket|count|sum)$/;

const PASSED: EvalOutcome = { kind: 'passed' };

export class ScriptRunner {
  readonly #engine = new QueryEngine({ parseCacheEntriesMax: 0 });
  readonly #source = new MemorySeriesSource();
  /** Series that were loaded with something the source cannot hold → what that is. */
  readonly #incomplete: { readonly labels: Labels; readonly part: string }[] = [];

  /** @returns null for commands that are no evals */
  async run(command: ScriptCommand): Promise<EvalOutcome | null> {
    if (command.kind === 'eval') return this.#evaluate(command);
    if (command.kind === 'load') this.#load(command);
    else this.#clear();
    return null;
  }

  #clear(): void {
    this.#source.clear();
    this.#incomplete.length = 0;
  }

  #load(command: LoadCommand): void {
    // Of a series given twice in one command the last definition counts.
    const series = new Map(command.series.map((loaded) => [loaded.labels.key, loaded]));
    for (const loaded of series.values()) {
      this.#loadSeries(loaded, command.stepMs);
      if (command.withCustomBuckets) this.#markCustomBuckets(loaded.labels);
    }
  }

  #loadSeries({ labels, items, hasStartTimestamps }: LoadedSeries, stepMs: number): void {
    if (items.some((item) => item.kind === 'histogram')) this.#markIncomplete(labels, 'native histograms');
    if (hasStartTimestamps) this.#markIncomplete(labels, 'start timestamps');
    for (const [index, item] of items.entries()) {
      if (item.kind === 'value') this.#source.add(labels, index * stepMs, item.value);
      else if (item.kind === 'stale') this.#source.add(labels, index * stepMs, STALE);
    }
  }

  /** The native histogram that the series' histogram would have become. */
  #markCustomBuckets(labels: Labels): void {
    const name = labels.get(METRIC_NAME);
    if (!CLASSIC_SUFFIX.test(name)) return;
    const base = labels.with(METRIC_NAME, name.replace(CLASSIC_SUFFIX, '')).with('le', '');
    this.#markIncomplete(base, 'native histograms');
  }

  #markIncomplete(labels: Labels, part: string): void {
    this.#incomplete.push({ labels, part });
  }

  async #evaluate(command: EvalCommand): Promise<EvalOutcome> {
    const skipped = this.#reasonToSkip(command);
    if (skipped !== null) return { kind: 'skipped', part: skipped };
    let result: QueryResult;
    try {
      result = await this.#query(command);
    } catch (error) {
      return failureOutcome(command, error);
    }
    if (command.expectations.fail !== null) return failed('expected an error, got a result');
    const complaint = compareAnnotations(command, result) ?? compareValue(command, result.value);
    if (complaint !== null) return failed(complaint);
    return command.isRange ? PASSED : this.#checkAsRange(command, result);
  }

  #reasonToSkip(command: EvalCommand): string | null {
    if (command.series.some(({ items }) => items.some((item) => item.kind === 'histogram'))) {
      return 'native histograms';
    }
    try {
      return this.#incompleteInput(parseExpression(command.query));
    } catch (error) {
      return unsupportedPart(error);
    }
  }

  #incompleteInput(expression: Expression): string | null {
    if (expression.kind === 'vector-selector') {
      const { matchers } = expression;
      const found = this.#incomplete.find(({ labels }) =>
        matchers.every((matcher) => matcher.matches(labels)),
      );
      return found?.part ?? null;
    }
    for (const child of childExpressions(expression)) {
      const part = this.#incompleteInput(child);
      if (part !== null) return part;
    }
    return null;
  }

  #query({ query, times, isRange, rangeVector }: EvalCommand): Promise<QueryResult> {
    const base = { query, lookbackDeltaMs: LOOKBACK_MS, limits: LIMITS, isCancelled: () => false };
    if (!isRange) {
      return this.#engine.instantQuery(this.#source, {
        ...base,
        timeMs: rangeVector?.endMs ?? times.startMs,
      });
    }
    const { startMs, endMs, stepMs } = times;
    return this.#engine.rangeQuery(this.#source, { ...base, startMs, endMsInclusive: endMs, stepMs });
  }

  async #checkAsRange(command: EvalCommand, result: QueryResult): Promise<EvalOutcome> {
    const { type } = result.value;
    const { expectations, query } = command;
    const comparable = type === 'vector' || type === 'scalar';
    if (!comparable || expectations.ordered || CONTEXT_FUNCTION.test(query)) return PASSED;
    const timeMs = command.times.startMs;
    const times = { startMs: timeMs - MINUTE_MS, endMs: timeMs + MINUTE_MS, stepMs: MINUTE_MS };
    try {
      const { value } = await this.#query({ ...command, times, isRange: true });
      const samples = value.type === 'matrix' ? vectorAt(value.series, timeMs) : [];
      const middle =
        type === 'scalar'
          ? { type, timestampMs: timeMs, value: samples[0]?.value ?? NaN }
          : { type, timestampMs: timeMs, samples };
      const complaint = compareValue(command, middle);
      return complaint === null ? PASSED : failed(`as a step of a range query: ${complaint}`);
    } catch (error) {
      return failed(`as a step of a range query: ${errorMessage(error)}`);
    }
  }
}

function failed(reason: string): EvalOutcome {
  return { kind: 'failed', reason };
}

function unsupportedPart(error: unknown): string | null {
  if (errorCode(error) !== ERR_QUERY_NOT_SUPPORTED) return null;
  return errorMessage(error).replace(/ is not supported.*$/s, '');
}

function failureOutcome(command: EvalCommand, error: unknown): EvalOutcome {
  const part = unsupportedPart(error);
  if (part !== null) return { kind: 'skipped', part };
  const expected = command.expectations.fail;
  const message = errorMessage(error);
  if (expected === null) return failed(`unexpected error: ${message}`);
  return matchesText(expected, message)
    ? PASSED
    : failed(`expected the error ${expected.text}, got ${message}`);
}
