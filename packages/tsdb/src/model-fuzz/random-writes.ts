/** Random series, samples, exemplars and metadata for the walk through a store, such that they often collide. */
import type { SeededRandom } from '@promontory/base';
import {
  bucketsOf,
  CUSTOM_BUCKETS_SCHEMA,
  emptyBuckets,
  Labels,
  Matcher,
  type MatchOperator,
  type NativeHistogram,
  NORMAL_NAN_HIGH_WORD,
  NORMAL_NAN_LOW_WORD,
  STALE_NAN_HIGH_WORD,
  STALE_NAN_LOW_WORD,
  staleHistogram,
} from '@promontory/model';
import type { MetricMetadata, MetricType, TsdbLimits } from '../index.ts';

const METRICS = 5;
const SERIES_LASTING = 24;
const SERIES_PASSING = 6;
/** Passing series are others after so long. */
const EPOCH_MS = 20 * 60 * 1000;
const STEP_MS = 1000;
const FLOATS = [0, -0, 1, 1.5, 1e300, 5e-324, Number.POSITIVE_INFINITY, 0.1 + 0.2];
/** A staleness marker, the NaNs of Prometheus and of JavaScript, and others: signalling, negative, all bits set. */
const NAN_WORDS: readonly (readonly [low: number, high: number])[] = [
  [STALE_NAN_LOW_WORD, STALE_NAN_HIGH_WORD],
  [STALE_NAN_LOW_WORD, STALE_NAN_HIGH_WORD],
  [NORMAL_NAN_LOW_WORD, NORMAL_NAN_HIGH_WORD],
  [0, 0x7ff80000],
  [1, 0x7ff00000],
  [0x1234_5678, 0x7ff4_0001],
  [2, -0x0010_0000],
  [-1, -1],
];
const REGEXES = [
  'metric-[0-2]',
  'm.*',
  '.+',
  '.*',
  '',
  'job-(1|2)',
  'job-1|job-3',
  '7|8|passing.*',
  'nothing',
];
const OPERATORS: readonly MatchOperator[] = ['=', '!=', '=~', '!~'];
const TYPES: readonly MetricType[] = ['counter', 'gauge', 'histogram'];

export function pick<T>(random: SeededRandom, values: readonly T[]): T {
  const value = values[random.nextInt(values.length)];
  if (value === undefined) throw new Error('nothing to pick from');
  return value;
}

export function randomSeries(random: SeededRandom, nowMs: number): Labels {
  const number = random.nextInt(SERIES_LASTING);
  const passing = `passing-${Math.floor(nowMs / EPOCH_MS)}-${random.nextInt(SERIES_PASSING)}`;
  const labels: Record<string, string> = {
    __name__: `metric-${number % METRICS}`,
    job: `job-${number % 4}`,
    instance: random.nextInt(4) === 0 ? passing : `${number}`,
  };
  if (number % 3 === 0) labels['zone'] = `zone-${number % 2}`;
  return Labels.fromObject(labels);
}

export function randomTimeMs(random: SeededRandom, nowMs: number, limits: TsdbLimits): number {
  const step = (rangeMs: number): number => random.nextInt(Math.max(1, rangeMs / STEP_MS)) * STEP_MS;
  const near = Math.floor(nowMs / STEP_MS) * STEP_MS;
  switch (random.nextInt(12)) {
    case 0:
      return near - step(limits.outOfOrderWindowMs * 2);
    case 1:
      return near - step(limits.retentionMs);
    case 2:
      return near - limits.retentionMs - step(60_000);
    case 3:
      return near + step(limits.futureWindowMs * 2);
    default:
      return near - step(10_000);
  }
}

export function randomStartMs(random: SeededRandom, timestampMs: number): number {
  switch (random.nextInt(8)) {
    case 0:
      return timestampMs + 1;
    case 1:
      return timestampMs;
    case 2:
      return timestampMs - random.nextInt(1_000_000);
    case 3:
      return Math.floor(timestampMs / 3_600_000) * 3_600_000;
    default:
      return 0;
  }
}

/** The words of a random float, low word first. NaNs with every kind of bits are among them. */
export function randomFloatWords(random: SeededRandom): readonly [low: number, high: number] {
  if (random.nextInt(3) === 0) return pick(random, NAN_WORDS);
  const value = random.nextInt(2) === 0 ? random.nextFloat() * 1000 : pick(random, FLOATS);
  const [low = 0, high = 0] = new Int32Array(Float64Array.of(value).buffer);
  return [low, high];
}

/** Few different ones, so that equal ones meet. */
export function randomHistogram(random: SeededRandom): NativeHistogram {
  const count = random.nextInt(4);
  if (random.nextInt(10) === 0) return staleHistogram(true);
  const isCustom = random.nextInt(4) === 0;
  const isInteger = random.nextInt(3) > 0;
  const scale = isInteger ? 1 : 1.5;
  return {
    isInteger,
    counterResetHint: pick(random, ['unknown', 'reset', 'not-reset', 'gauge'] as const),
    schema: isCustom ? CUSTOM_BUCKETS_SCHEMA : pick(random, [-4, 0, 3, 8, 10]),
    zeroThreshold: isCustom ? 0 : 2 ** -128,
    zeroCount: 0,
    count: 3 * count * scale,
    sum: count * 2.5,
    isStale: false,
    positive: count === 0 ? emptyBuckets() : bucketsOf([0, 2], [count * scale, 2 * count * scale]),
    negative: emptyBuckets(),
    customValues: isCustom ? Float64Array.of(0.5, 1, 2, 4) : new Float64Array(0),
  };
}

export function randomMetadata(random: SeededRandom): readonly [metric: string, metadata: MetricMetadata] {
  const help = pick(random, ['', 'Requests served.', 'Anfragen ✓']);
  return [`metric-${random.nextInt(METRICS)}`, { type: pick(random, TYPES), unit: '', help }];
}

export function randomMatchers(random: SeededRandom, known: readonly Labels[]): Matcher[] {
  return Array.from({ length: random.nextInt(3) }, () => {
    const name = pick(random, ['__name__', 'job', 'instance', 'zone', 'missing']);
    const operator = pick(random, OPERATORS);
    const isRegex = operator === '=~' || operator === '!~';
    const value = known.length === 0 || random.nextInt(6) === 0 ? '' : pick(random, known).get(name);
    return new Matcher(operator, name, isRegex && random.nextInt(3) > 0 ? pick(random, REGEXES) : value);
  });
}
