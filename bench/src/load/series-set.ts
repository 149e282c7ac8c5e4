/**
 * The synthetic series of the ingest cases: scrape targets in a cluster, each with the same 50 metrics.
 *
 * A third are counters (integers that grow), a third gauges (two decimals, a random walk), a third constant.
 * Nine labels each; with one sample a series takes about 223 bytes of an uncompressed write request.
 */
import { SeededRandom } from '@promontory/base';
import type { WireLabel } from '@promontory/wire';

export const METRICS_PER_TARGET = 50;

export type SeriesKind = 'counter' | 'gauge' | 'constant';

const KINDS: readonly SeriesKind[] = ['counter', 'gauge', 'constant'];
const TARGETS_PER_NODE = 12;
const NAMESPACE_COUNT = 20;

/** @param seriesIndex from 0; neighbours belong to one target */
export function kindOf(seriesIndex: number): SeriesKind {
  return KINDS[(seriesIndex % METRICS_PER_TARGET) % KINDS.length] ?? 'constant';
}

/** The metric name of a series: 50 of them in all. */
export function metricNameOf(seriesIndex: number): string {
  const metric = String(seriesIndex % METRICS_PER_TARGET).padStart(2, '0');
  return `bench_${kindOf(seriesIndex)}_${metric}`;
}

/** Sorted by name, as senders send them. */
export function labelsOf(seriesIndex: number): WireLabel[] {
  const target = Math.floor(seriesIndex / METRICS_PER_TARGET);
  const node = Math.floor(target / TARGETS_PER_NODE);
  const namespace = target % NAMESPACE_COUNT;
  const path = [seriesIndex, ~seriesIndex, seriesIndex ^ 0x5bd1e995].map(hashText).join('').slice(0, 18);
  return Object.entries({
    __name__: metricNameOf(seriesIndex),
    cluster: 'prod-1',
    code: String(200 + (seriesIndex % 5)),
    instance: `10.${node >> 8}.${node & 255}.${target % 250}:9100`,
    job: `team-${namespace}/api`,
    namespace: `team-${namespace}`,
    node: `node-${String(node).padStart(4, '0')}`,
    path: `/${path}`,
    pod: `api-${hashText(target)}`,
  }).map(([name, value]) => ({ name, value }));
}

/** A number's bits, mixed, as up to seven characters: text that compresses as little as real identifiers do. */
function hashText(number: number): string {
  return (Math.imul(number + 1, 2654435761) >>> 0).toString(36).padStart(7, '0');
}

/** The values of all series, stepped round by round; the same seed gives the same values. */
export class SeriesValues {
  /** The current value of each series. Read only. */
  readonly current: Float64Array;
  readonly #random: SeededRandom;

  constructor(seriesCount: number, seed: number) {
    this.#random = new SeededRandom(seed);
    this.current = new Float64Array(seriesCount);
    for (let index = 0; index < seriesCount; index++) this.current[index] = this.#random.nextInt(1_000_000);
  }

  /** Moves every series to its next scrape. */
  step(): void {
    for (let index = 0; index < this.current.length; index++) {
      const kind = kindOf(index);
      if (kind === 'counter') this.current[index]! += this.#random.nextInt(100);
      if (kind === 'gauge') this.current[index] = this.#nextGauge(this.current[index]!);
    }
  }

  /** Kept as a whole number of hundredths, so that it has two decimals and no more. */
  #nextGauge(value: number): number {
    return Math.max(0, Math.round(value * 100) + this.#random.nextInt(2001) - 1000) / 100;
  }
}
