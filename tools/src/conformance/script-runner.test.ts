import { PromontoryError } from '@promontory/base';
import { bucketsOf, Labels } from '@promontory/model';
import {
  ERR_QUERY_EXECUTION,
  type MatrixSeries,
  type QueryResult,
  type QueryValue,
} from '@promontory/promql';
import { describe, expect, it } from 'vitest';
import { parseHistogram } from './histogram-notation.ts';
import { parseScript } from './parse-script.ts';
import { ScriptRunner, vectorAt, type ScriptEngine } from './script-runner.ts';

const MINUTE_MS = 60_000;
const LABELS = Labels.fromObject({ job: 'a' });

const NO_STATS: QueryResult['stats'] = {
  timings: { preparationMs: 0, evaluationMs: 0, sortMs: 0, totalMs: 0 },
  samplesQueryable: 0,
  samplesQueryablePerStep: null,
  samplesRead: 0,
  samplesPeak: 0,
  memoryBytesPeak: 0,
};

function resultOf(value: QueryValue): QueryResult {
  return {
    value,
    warnings: [],
    infos: [],
    stats: NO_STATS,
  };
}

function vectorOf(value: number): QueryValue {
  return { type: 'vector', timestampMs: 0, samples: [{ labels: LABELS, value, histogram: null }] };
}

function seriesOf(...points: readonly (readonly [timestampMs: number, value: number])[]): MatrixSeries {
  return {
    labels: LABELS,
    timestampMs: Float64Array.from(points, ([timestampMs]) => timestampMs),
    value: Float64Array.from(points, ([, value]) => value),
    count: points.length,
    histograms: [],
  };
}

/** Answers instant queries with one value and range queries with another; the latter's times are kept. */
class FixedEngine implements ScriptEngine {
  readonly #instant: QueryValue;
  readonly #range: QueryValue | PromontoryError;
  readonly ranges: number[][] = [];

  constructor(instant: QueryValue, range: QueryValue | PromontoryError) {
    this.#instant = instant;
    this.#range = range;
  }

  instantQuery(): Promise<QueryResult> {
    return Promise.resolve(resultOf(this.#instant));
  }

  rangeQuery(...[, request]: Parameters<ScriptEngine['rangeQuery']>): Promise<QueryResult> {
    this.ranges.push([request.startMs, request.endMsInclusive, request.stepMs]);
    const range = this.#range;
    return range instanceof PromontoryError ? Promise.reject(range) : Promise.resolve(resultOf(range));
  }
}

async function run(engine: ScriptEngine, ...lines: string[]): Promise<string | null> {
  const [command] = parseScript(lines.join('\n'));
  if (command === undefined) throw new Error('the script is one command');
  return new ScriptRunner(engine).run(command);
}

const REFUSAL = new PromontoryError('no range', { code: ERR_QUERY_EXECUTION, kind: 'execution' });

describe('an instant eval', () => {
  const lines = ['eval instant at 5m query', '{job="a"} 1'];

  function matrixOf(value: number): QueryValue {
    return {
      type: 'matrix',
      series: [seriesOf([4 * MINUTE_MS, 7], [5 * MINUTE_MS, value], [6 * MINUTE_MS, 7])],
    };
  }

  it('is asked as the middle step of a range query, too', async () => {
    const engine = new FixedEngine(vectorOf(1), matrixOf(1));
    expect(await run(engine, ...lines)).toBeNull();
    expect(engine.ranges).toEqual([[4 * MINUTE_MS, 6 * MINUTE_MS, MINUTE_MS]]);
  });

  it('fails when only the step has another value, is missing or is refused', async () => {
    const prefix = 'as a step of a range query: ';
    const value = await run(new FixedEngine(vectorOf(1), matrixOf(2)), ...lines);
    expect(value).toBe(`${prefix}series {job="a"}: expected 1, got 2`);
    const missing = await run(new FixedEngine(vectorOf(1), { type: 'matrix', series: [] }), ...lines);
    expect(missing).toBe(`${prefix}expected series {job="a"} is missing`);
    expect(await run(new FixedEngine(vectorOf(1), REFUSAL), ...lines)).toBe(`${prefix}no range`);
  });

  it('of a scalar is compared with the step as a scalar', async () => {
    const scalar: QueryValue = { type: 'scalar', timestampMs: 0, value: 1 };
    expect(await run(new FixedEngine(scalar, matrixOf(1)), 'eval instant at 5m query', '1')).toBeNull();
    expect(await run(new FixedEngine(scalar, matrixOf(2)), 'eval instant at 5m query', '1')).toContain(
      'got 2',
    );
  });

  it('in order must have a step, whose order is not compared', async () => {
    const ordered = ['eval instant at 5m query', 'expect ordered', '{job="a"} 1'];
    expect(await run(new FixedEngine(vectorOf(1), matrixOf(2)), ...ordered)).toBeNull();
    expect(await run(new FixedEngine(vectorOf(1), REFUSAL), ...ordered)).toContain('no range');
  });

  it.each(['start()', 'a @ end()', 'a[range()]', 'a offset step()'])(
    'of %s has no step, since its answer depends on the times of the query',
    async (query) => {
      const engine = new FixedEngine(vectorOf(1), REFUSAL);
      expect(await run(engine, `eval instant at 5m ${query}`, '{job="a"} 1')).toBeNull();
    },
  );

  it('of a string or a range vector has no step', async () => {
    const string: QueryValue = { type: 'string', timestampMs: 0, value: 'x' };
    expect(
      await run(new FixedEngine(string, REFUSAL), 'eval instant at 5m query', 'expect string "x"'),
    ).toBeNull();
    const rangeVector = [
      'eval instant at 5m a[1m]',
      'expect range vector from 5m to 5m step 1m',
      '{job="a"} 1',
    ];
    const matrix: QueryValue = { type: 'matrix', series: [seriesOf([5 * MINUTE_MS, 1])] };
    expect(await run(new FixedEngine(matrix, REFUSAL), ...rangeVector)).toBeNull();
  });

  it('that fails is not asked again', async () => {
    const engine = new FixedEngine(vectorOf(2), matrixOf(1));
    expect(await run(engine, ...lines)).toBe('series {job="a"}: expected 1, got 2');
    expect(engine.ranges).toEqual([]);
  });
});

describe('vectorAt', () => {
  it('takes what a series has at the time, float or histogram', () => {
    const { histogram } = parseHistogram('count:3 buckets:[3]');
    const series = seriesOf([0, 1], [1000, 2]);
    const histograms = [{ timestampMs: 2000, histogram }];
    expect(vectorAt([{ ...series, histograms }], 1000)).toEqual([
      { labels: LABELS, value: 2, histogram: null },
    ]);
    expect(vectorAt([{ ...series, histograms }], 2000)).toMatchObject([
      { labels: LABELS, histogram: { count: 3, positive: bucketsOf([0], [3]) } },
    ]);
    expect(vectorAt([{ ...series, histograms }], 3000)).toEqual([]);
  });

  it('does not look behind the count', () => {
    expect(vectorAt([{ ...seriesOf([0, 1], [1000, 2]), count: 1 }], 1000)).toEqual([]);
  });
});
