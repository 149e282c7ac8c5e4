/**
 * Runs the commands of one script against the engine. An instant eval is asked twice: at its time, and as the
 * middle step of a range query, since both must agree.
 */
import { errorMessage } from '@promontory/base';
import { QueryEngine, type MatrixSeries, type QueryResult, type VectorSample } from '@promontory/promql';
import { compareAnnotations, compareError } from './compare-annotations.ts';
import { compareValue } from './compare-value.ts';
import { ScriptStore } from './script-store.ts';
import type { EvalCommand, EvalTimes, ScriptCommand } from './script.ts';

const LOOKBACK_MS = 300_000;
const MINUTE_MS = 60_000;
const LIMITS = { samplesMax: 50_000_000, memoryBytesMax: 2 ** 30, durationMsMax: 60_000, stepsMax: 11_000 };
/** Answers that depend on the query's own times differ between an instant and a range query. */
const CONTEXT_FUNCTION = /\b(?:start|end|range|step)\s*\(\s*\)/i;

/** What of an engine a script needs. */
export type ScriptEngine = Pick<QueryEngine, 'instantQuery' | 'rangeQuery'>;

export class ScriptRunner {
  readonly #engine: ScriptEngine;
  readonly #store = new ScriptStore();

  constructor(engine: ScriptEngine = new QueryEngine({ parseCacheEntriesMax: 0 })) {
    this.#engine = engine;
  }

  /** @returns why an eval fails; null when it passes, and for commands that are no evals */
  async run(command: ScriptCommand): Promise<string | null> {
    if (command.kind === 'eval') return this.#evaluate(command);
    if (command.kind === 'load') for (const series of command.series) this.#store.load(series);
    else this.#store.clear();
    return null;
  }

  async #evaluate(command: EvalCommand): Promise<string | null> {
    const { expectations, isRange } = command;
    let result: QueryResult;
    try {
      result = await (isRange ? this.#queryRange(command.query, command.times) : this.#queryInstant(command));
    } catch (error) {
      return compareError(expectations, error);
    }
    if (expectations.fail !== null) return 'expected an error, got a result';
    const complaint = compareAnnotations(expectations, result) ?? compareValue(command, result.value);
    return complaint ?? (isRange ? null : this.#checkAsStep(command, result));
  }

  #queryInstant({ query, times, rangeVector }: EvalCommand): Promise<QueryResult> {
    const timeMs = rangeVector?.endMs ?? times.startMs;
    return this.#engine.instantQuery(this.#store.source, { ...baseRequest(query), timeMs });
  }

  #queryRange(query: string, { startMs, endMs, stepMs }: EvalTimes): Promise<QueryResult> {
    const request = { ...baseRequest(query), startMs, endMsInclusive: endMs, stepMs };
    return this.#engine.rangeQuery(this.#store.source, request);
  }

  /** Matrices and strings have no step. Results of range queries are sorted: of ordered ones only errors count. */
  async #checkAsStep(command: EvalCommand, { value }: QueryResult): Promise<string | null> {
    const isComparable = value.type === 'vector' || value.type === 'scalar';
    if (!isComparable || CONTEXT_FUNCTION.test(command.query)) return null;
    const timestampMs = command.times.startMs;
    const times = { startMs: timestampMs - MINUTE_MS, endMs: timestampMs + MINUTE_MS, stepMs: MINUTE_MS };
    try {
      const { value: steps } = await this.#queryRange(command.query, times);
      if (command.expectations.ordered) return null;
      const samples = steps.type === 'matrix' ? vectorAt(steps.series, timestampMs) : [];
      const middle =
        value.type === 'scalar'
          ? { type: value.type, timestampMs, value: samples[0]?.value ?? NaN }
          : { type: value.type, timestampMs, samples };
      const complaint = compareValue(command, middle);
      return complaint === null ? null : `as a step of a range query: ${complaint}`;
    } catch (error) {
      return `as a step of a range query: ${errorMessage(error)}`;
    }
  }
}

function baseRequest(query: string) {
  return { query, lookbackDeltaMs: LOOKBACK_MS, limits: LIMITS, isCancelled: () => false };
}

/** One step of a range query, as the vector that an instant query at that time gives. */
export function vectorAt(matrix: readonly MatrixSeries[], timestampMs: number): VectorSample[] {
  return matrix.flatMap(({ labels, timestampMs: times, value, count, histograms }) => {
    const samples: VectorSample[] = [];
    const index = times.subarray(0, count).indexOf(timestampMs);
    if (index >= 0) samples.push({ labels, value: value[index] ?? NaN, histogram: null });
    const found = histograms.find((sample) => sample.timestampMs === timestampMs);
    if (found !== undefined) samples.push({ labels, value: NaN, histogram: found.histogram });
    return samples;
  });
}
