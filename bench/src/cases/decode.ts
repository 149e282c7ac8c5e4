/**
 * Decoding of stored chunks in one thread, without a server: the micro-benchmarks of the database, read as samples a
 * second. `chunk` is a column of timestamps that jitter and a column of values, the mean over shapes of series;
 * series of one target share their timestamps, so most reads need less. `block` reads whole series from a block's
 * files, checksums and all.
 */
import { createHash } from 'node:crypto';
import { PromontoryError } from '@promontory/base';
import { runMicroBench } from '@promontory/tools';
import { ERR_BENCH_RESULT } from '../error-codes.ts';
import type { Case, Metric } from './case.ts';
import { takeTurns, type Turn } from './turns.ts';

const COLUMN_BENCH = 'packages/tsdb/src/chunk/column-codec.bench.ts';
const BLOCK_BENCH = 'packages/tsdb/src/block/block.bench.ts';
const NS_PER_S = 1e9;

const METRICS: readonly Metric[] = [
  { name: 'chunk.samplesPerSecond', unit: 'per-second' },
  { name: 'values.samplesPerSecond', unit: 'per-second' },
  { name: 'timestamps.samplesPerSecond', unit: 'per-second' },
  { name: 'block.samplesPerSecond', unit: 'per-second' },
];

export const decode: Case = {
  name: 'decode',
  title: 'Decode of stored chunks, one thread, no server',
  run: async (context) => {
    const own = context.subjects.filter(({ name }) => name === 'promontory');
    const rows = await takeTurns({ ...context, subjects: own }, () => measure(context.isSmoke));
    return { name: decode.name, title: decode.title, parameters: {}, metrics: METRICS, rows };
  },
};

async function measure(isSmoke: boolean): Promise<Turn> {
  const columns = await benchOutput(COLUMN_BENCH, isSmoke);
  const block = await benchOutput(BLOCK_BENCH, isSmoke);
  const valuesNs = nsPerOp(columns, 'decode values, mean');
  const timestampsNs = nsPerOp(columns, 'decode timestamps, with jitter');
  return {
    values: {
      'chunk.samplesPerSecond': NS_PER_S / (valuesNs + timestampsNs),
      'values.samplesPerSecond': NS_PER_S / valuesNs,
      'timestamps.samplesPerSecond': NS_PER_S / timestampsNs,
      'block.samplesPerSecond': NS_PER_S / nsPerOp(block, 'read, refs in order'),
    },
    resultHash: hashOf(columns),
  };
}

/** @throws PromontoryError ERR_BENCH_RESULT */
async function benchOutput(file: string, isSmoke: boolean): Promise<string> {
  const { exitCode, output } = await runMicroBench(file, { isSmoke });
  if (exitCode === 0) return output;
  throw new PromontoryError(`cannot measure ${file}: it ended with ${exitCode}\n${output}`, {
    code: ERR_BENCH_RESULT,
    kind: 'execution',
  });
}

/** @param output lines `NAME NUMBER ns/op HASH` @throws PromontoryError ERR_BENCH_RESULT without that name */
export function nsPerOp(output: string, name: string): number {
  const lines = output.split('\n').map((line) => /^(.+) ([\d.]+) ns\/op /.exec(line));
  const ns = Number(lines.find((line) => line?.[1] === name)?.[2] ?? Number.NaN);
  if (ns > 0) return ns;
  throw new PromontoryError(`cannot measure "${name}": the micro-benchmark does not print it\n${output}`, {
    code: ERR_BENCH_RESULT,
    kind: 'execution',
  });
}

/** Of what was decoded: the last word of each line. */
function hashOf(output: string): string {
  const results = output.split('\n').map((line) => line.slice(line.lastIndexOf(' ') + 1));
  return createHash('sha256').update(results.join('\n')).digest('hex').slice(0, 16);
}
