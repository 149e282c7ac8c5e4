/**
 * Values of counters and of classic histograms, scrape after scrape; the same seed gives the same values.
 *
 * Counters grow by about their own speed, one in four with three decimals as sums of seconds do, one in ten not at
 * all for a while, and start again from zero now and then, as counters do when their process does.
 */
import { SeededRandom } from '@promontory/base';

/** The current value of each series of a group. */
export interface SteppedValues {
  /** Read only; changes with each step. */
  readonly current: Float64Array;
  /** Moves every series to its next scrape. */
  step(): void;
}

const SPEED_END = 50;
const START_END = 1_000_000;
/** One step in so many is a restart of the process. */
const RESTART_STEPS = 2000;
const IDLE_STEPS = 10;
const FRACTION_SERIES = 4;
const THOUSANDTHS = 1000;

export class CounterValues implements SteppedValues {
  readonly current: Float64Array;
  readonly #speeds: Float64Array;
  readonly #random: SeededRandom;

  constructor(seriesCount: number, seed: number) {
    this.#random = new SeededRandom(seed);
    this.current = Float64Array.from({ length: seriesCount }, () => this.#random.nextInt(START_END));
    this.#speeds = Float64Array.from({ length: seriesCount }, () => 1 + this.#random.nextInt(SPEED_END));
  }

  step(): void {
    for (let index = 0; index < this.current.length; index++) {
      if (this.#random.nextInt(RESTART_STEPS) === 0) this.current[index] = 0;
      if (this.#random.nextInt(IDLE_STEPS) === 0) continue;
      const growth = this.#random.nextFloat() * 2 * this.#speeds[index]!;
      const digits = index % FRACTION_SERIES === 0 ? THOUSANDTHS : 1;
      this.current[index] = Math.round((this.current[index]! + growth) * digits) / digits;
    }
  }
}

/** Histograms one after the other, each with the counts of its buckets, which include those of the buckets before. */
export class HistogramValues implements SteppedValues {
  readonly current: Float64Array;
  readonly #bucketCount: number;
  readonly #random: SeededRandom;

  constructor(histogramCount: number, bucketCount: number, seed: number) {
    this.#random = new SeededRandom(seed);
    this.#bucketCount = bucketCount;
    this.current = new Float64Array(histogramCount * bucketCount);
    for (let steps = 0; steps < 10; steps++) this.step();
  }

  step(): void {
    for (let start = 0; start < this.current.length; start += this.#bucketCount) this.#observe(start);
  }

  /** Some observations of one histogram; the higher a bucket the fewer fall into it. */
  #observe(start: number): void {
    const end = start + this.#bucketCount;
    if (this.#random.nextInt(RESTART_STEPS) === 0) this.current.fill(0, start, end);
    let observed = 0;
    for (let index = start; index < end; index++) {
      observed += this.#random.nextInt(2 + end - index);
      this.current[index]! += observed;
    }
  }
}
