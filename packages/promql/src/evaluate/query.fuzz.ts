/**
 * Random query strings, made from the grammar and then mutated: the engine answers or throws an error of its
 * own kind, never anything else, and every answer is well formed. A failing seed is printed by the assertion.
 */
import { InvariantError, PromontoryError, SeededRandom } from '@promontory/base';
import { compareLabels, Labels } from '@promontory/model';
import { describe, expect, it } from 'vitest';
import type { QueryResult } from '../query-result.ts';
import { MemorySeriesSource, STALE } from '../source/memory-series-source.ts';
import { QueryEngine } from './query-engine.ts';

const SEED = Number(process.env['PROMONTORY_FUZZ_SEED'] ?? 20_261);
const ROUNDS = Number(process.env['PROMONTORY_FUZZ_ROUNDS'] ?? 4000);

const FRAGMENTS =
  'sum by without on ignoring group_left group_right offset bool and or unless atan2 rate( [5m] [5m:1m] @ start() end() { } ( ) , = != =~ !~ " \' ` + - * / % ^ == > < >= <= 1 .5 0x NaN Inf 1e999 5m metric {__name__=~".+"} \\ # \n é 😀 \u0000'.split(
    ' ',
  );

class QueryWriter {
  readonly #random: SeededRandom;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  vector(depth: number): string {
    if (depth <= 0) return this.#selector();
    const operand = (): string => this.vector(depth - 1);
    return this.#pick([
      () => this.#selector(),
      () => `${this.#pick(['rate', 'increase', 'irate', 'deriv', 'changes'])}(${this.#range(depth)})`,
      () =>
        `${this.#pick(['sum', 'avg', 'min', 'max', 'last', 'stddev', 'mad'])}_over_time(${this.#range(depth)})`,
      () => `${this.#pick(['abs', 'sqrt', 'sort', 'absent', 'timestamp', 'year', '-', '+'])}(${operand()})`,
      () => `${this.#pick(['sum', 'avg', 'count', 'group', 'stdvar'])}${this.#grouping()}(${operand()})`,
      () =>
        `${this.#pick(['topk', 'bottomk', 'quantile'])}${this.#grouping()}(${this.scalar(depth)}, ${operand()})`,
      () => `count_values${this.#grouping()}("v", ${operand()})`,
      () => `${operand()} ${this.#operator()} ${this.#matching()}${operand()}`,
      () => `${operand()} ${this.#pick(['+', '>', '== bool', '%', '^'])} ${this.scalar(depth)}`,
      () => `histogram_quantile(${this.scalar(depth)}, ${operand()})`,
      () => `label_replace(${operand()}, "l", "$1", "${this.#pick(['l', 'le', 'x'])}", "(.*)")`,
      () => `clamp(${operand()}, ${this.scalar(depth)}, ${this.scalar(depth)})`,
      () => `vector(${this.scalar(depth)})`,
      () => `(${operand()})`,
    ])();
  }

  scalar(depth: number): string {
    return this.#pick([
      () => this.#pick(['0', '1', '-0.5', '1e300', 'NaN', '-Inf', '0x10', '1h', '9223372036854775808']),
      () => (depth > 0 ? `scalar(${this.vector(depth - 1)})` : 'time()'),
      () =>
        depth > 0
          ? `(${this.scalar(depth - 1)} ${this.#pick(['+', '*', '^', '%'])} ${this.scalar(depth - 1)})`
          : 'pi()',
    ])();
  }

  mutate(query: string): string {
    const position = this.#random.nextInt(query.length + 1);
    const length = this.#random.nextInt(6);
    const insert = this.#pick(['', ' ', ...FRAGMENTS]);
    return this.#pick([
      () => query.slice(0, position) + insert + query.slice(position),
      () => query.slice(0, position) + query.slice(position + length),
      () => query.slice(0, position) + insert + query.slice(position + length),
      () => query.slice(position) + query.slice(0, position),
      () => query.slice(0, position),
    ])();
  }

  #pick<T>(choices: readonly T[]): T {
    const chosen = choices[this.#random.nextInt(choices.length)];
    if (chosen === undefined) throw new Error('nothing to choose from');
    return chosen;
  }

  #selector(): string {
    const name = this.#pick(['m', 'h_bucket', 'gauge', 'nothing', '{l=~"a|b"}', 'm{l!="a"}', '{"m"}']);
    return name + this.#pick(['', '', '', ' offset 1m', ' offset -1m', ' @ 30', ' @ end()']);
  }

  #range(depth: number): string {
    if (depth <= 1 || this.#random.nextInt(3) > 0) return `m[${this.#pick(['30s', '1m', '5m', '1ms'])}]`;
    return `(${this.vector(depth - 2)})[${this.#pick(['1m', '5m'])}:${this.#pick(['', '30s', '1m'])}]`;
  }

  #grouping(): string {
    return this.#pick(['', ' by (l) ', ' without (l) ', ' by () ', ' by (l, le) ', ' by (__name__) ']);
  }

  #operator(): string {
    return this.#pick(['+', '-', '/', '>', '<= bool', 'and', 'or', 'unless', 'atan2']);
  }

  #matching(): string {
    return this.#pick([
      '',
      '',
      'on (l) ',
      'ignoring (le) ',
      'on () ',
      'on (l) group_left ',
      'ignoring (l) group_right (le) ',
    ]);
  }
}

function makeSource(): MemorySeriesSource {
  const source = new MemorySeriesSource();
  const random = new SeededRandom(1);
  for (const l of ['a', 'b', 'c']) {
    for (let t = 0; t <= 600_000; t += 15_000) {
      const gap = random.nextInt(8);
      if (gap > 0) source.add(Labels.fromObject({ __name__: 'm', l }), t, gap === 1 ? STALE : t / 1000);
      source.add(
        Labels.fromObject({ __name__: 'gauge', l }),
        t,
        random.nextInt(9) === 0 ? NaN : random.nextFloat(),
      );
      for (const le of ['1', '2', '+Inf', 'x']) {
        source.add(Labels.fromObject({ __name__: 'h_bucket', l, le }), t, random.nextInt(100));
      }
    }
  }
  return source;
}

/** @returns a complaint, or null */
function malformed(result: QueryResult): string | null {
  if (result.value.type !== 'matrix') return null;
  for (const [index, series] of result.value.series.entries()) {
    const previous = result.value.series[index - 1];
    if (series.count === 0 || series.count !== series.value.length) return 'a series without points';
    if (previous !== undefined && compareLabels(previous.labels, series.labels) > 0) return 'not sorted';
    const isAscending = series.timestampMs.every(
      (t, at) => at === 0 || t > (series.timestampMs[at - 1] ?? t),
    );
    if (!isAscending) return 'times do not ascend';
  }
  return null;
}

const BASE = {
  lookbackDeltaMs: 300_000,
  limits: { samplesMax: 200_000, durationMsMax: 5000, memoryBytesMax: 1e9, stepsMax: 11_000 },
  isCancelled: () => false,
};

describe('queries from a grammar, and their mutations', () => {
  it(`answer or fail in an orderly way (seed ${SEED})`, { timeout: 60_000 }, async () => {
    const engine = new QueryEngine({ parseCacheEntriesMax: 100 });
    const source = makeSource();
    const complaints: string[] = [];
    let answered = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const random = new SeededRandom(SEED + round);
      const writer = new QueryWriter(random);
      let query = random.nextInt(4) === 0 ? writer.scalar(3) : writer.vector(1 + random.nextInt(3));
      for (let mutations = random.nextInt(4); mutations > 0; mutations--) query = writer.mutate(query);
      try {
        const isRange = random.nextInt(2) === 0;
        const result = isRange
          ? await engine.rangeQuery(source, {
              ...BASE,
              query,
              startMs: 0,
              endMsInclusive: 600_000,
              stepMs: 17_000,
            })
          : await engine.instantQuery(source, { ...BASE, query, timeMs: 300_000 });
        const complaint = malformed(result);
        if (complaint !== null) complaints.push(`${SEED + round}: ${query}: ${complaint}`);
        answered++;
      } catch (error) {
        const isOurs = error instanceof PromontoryError && !(error instanceof InvariantError);
        if (!isOurs) complaints.push(`${SEED + round}: ${query}: ${String(error)}`);
      }
    }
    expect(complaints).toEqual([]);
    expect(answered).toBeGreaterThan(ROUNDS / 10);
  });
});
