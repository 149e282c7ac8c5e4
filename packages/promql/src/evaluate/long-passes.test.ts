/** Where a query looks at the time while it works on one series of very many steps. */
import { Labels } from '@promontory/model';
import { describe, expect, it } from 'vitest';
import { AGGREGATION_NAMES } from '../ast/expression.ts';
import { FUNCTION_SIGNATURES } from '../check/function-signatures.ts';
import { MemorySeriesSource } from '../source/memory-series-source.ts';
import { QueryEngine } from './query-engine.ts';

/** 200,000 steps. */
const SUBQUERY = '[200s:1ms]';
/** One between two blocks of ten thousand. */
const LOOKS_A_PASS = 19;
const TIME_MS = 1_000_000;
const V = 'vector(time())';

const source = new MemorySeriesSource();
source.add(Labels.fromObject({ __name__: 'm' }), TIME_MS - 100_000, 1);
const engine = new QueryEngine({ parseCacheEntriesMax: 0 });

async function looksOf(query: string): Promise<number> {
  const limits = { samplesMax: 5e6, durationMsMax: 60_000, memoryBytesMax: 1e9, stepsMax: 11_000 };
  let looks = 0;
  const isCancelled = (): boolean => ++looks < 0;
  await engine.instantQuery(source, {
    query,
    timeMs: TIME_MS,
    lookbackDeltaMs: 300_000,
    limits,
    isCancelled,
  });
  return looks;
}

/** Counts what is in the windows, which takes no pass over them. */
function looksAtSteps(expression: string): Promise<number> {
  return looksOf(`count_over_time((${expression})${SUBQUERY})`);
}

function functionsOf(argument: 'vector' | 'matrix', excluded: readonly string[]): string[] {
  const isWanted = ([name, { args }]: [string, { args: readonly string[] }]): boolean =>
    args.join() === argument && !excluded.includes(name);
  return [...FUNCTION_SIGNATURES].filter(isWanted).map(([name]) => name);
}

/** They say who passes, or know all about it from the labels. */
const WITHOUT_PASS = ['sort', 'sort_desc', 'start_timestamp', 'info', 'scalar'];
const VECTOR_CALLS = [
  ...functionsOf('vector', WITHOUT_PASS).map((name) => `${name}(${V})`),
  `clamp(${V}, 1, 2)`,
  `clamp_min(${V}, 1)`,
  `clamp_max(${V}, 1)`,
  `histogram_quantile(0.5, ${V})`,
  `vector(scalar(${V}))`,
];

const PARAMETERS: Readonly<Record<string, string>> = {
  topk: '1, ',
  bottomk: '1, ',
  limitk: '1, ',
  limit_ratio: '1, ',
  quantile: '0.3, ',
  count_values: '"x", 0 * ',
};
const AGGREGATIONS = AGGREGATION_NAMES.map((name) => `${name}(${PARAMETERS[name] ?? ''}${V})`);

const BINARY_OPERATORS = '+ - * / % ^ atan2 == != > < >= <= </ >/'.split(' ');
const OPERATIONS = [
  ...BINARY_OPERATORS.flatMap((operator) => [
    `${V} ${operator} 2`,
    `${V} ${operator} ${V}`,
    `vector(1) ${operator} on () group_left () ${V}`,
  ]),
  ...['and', 'or', 'unless'].map((operator) => `${V} ${operator} ${V}`),
  `-${V}`,
  'm + 1',
  'vector(time() ^ 1.3)',
  'vector(-time())',
];

/** They look at the ends of a window only. */
const WITHOUT_WINDOW_PASS = [
  ...'count_over_time present_over_time absent_over_time first_over_time last_over_time'.split(' '),
  ...'ts_of_first_over_time ts_of_last_over_time irate delta idelta'.split(' '),
];
const RANGE = `${V}${SUBQUERY}`;
const RANGE_CALLS = [
  ...functionsOf('matrix', WITHOUT_WINDOW_PASS).map((name) => `${name}(${RANGE})`),
  `predict_linear(${RANGE}, 1)`,
  `double_exponential_smoothing(${RANGE}, 0.5, 0.5)`,
];

describe('between blocks of steps a look is taken', () => {
  it.each([...VECTOR_CALLS, ...AGGREGATIONS, ...OPERATIONS])('by %s', async (expression) => {
    const operand = expression.startsWith('m ') ? 'm' : V;
    const ownLooks = (await looksAtSteps(expression)) - (await looksAtSteps(operand));
    expect(ownLooks).toBeGreaterThanOrEqual(LOOKS_A_PASS);
  });

  it('by selectors, and where their samples are copied', async () => {
    const shortSubquery = await looksOf('count_over_time(m[200s:1s])');
    expect((await looksAtSteps('m')) - shortSubquery).toBeGreaterThanOrEqual(3 * LOOKS_A_PASS);
  });

  it('by a result of many samples', async () => {
    const ownLooks = (await looksOf(RANGE)) - (await looksOf(`count_over_time(${RANGE})`));
    expect(ownLooks).toBeGreaterThanOrEqual(LOOKS_A_PASS);
  });
});

describe('between blocks of a window a look is taken', () => {
  it.each(RANGE_CALLS)('by %s', async (call) => {
    const ownLooks = (await looksOf(call)) - (await looksOf(`count_over_time(${RANGE})`));
    expect(ownLooks).toBeGreaterThanOrEqual(LOOKS_A_PASS);
  });

  it.each(['quantile_over_time(0.5, ', 'mad_over_time('])('many times by %s', async (call) => {
    const ownLooks = (await looksOf(`${call}${RANGE})`)) - (await looksOf(`count_over_time(${RANGE})`));
    // Copied once, NaN counted, and one or two places found in four passes each.
    expect(ownLooks).toBeGreaterThanOrEqual(6 * LOOKS_A_PASS);
  });
});
