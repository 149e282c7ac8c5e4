/**
 * How many samples a query looked at, counted as Prometheus does: once for every step that used them; what is evaluated
 * once for all steps counts at each of them, and what a subquery reads does not count, only what it gives.
 */
export interface SampleTally {
  /** Whether samples are told by their step, with `addAt`, and not together, with `add`. */
  readonly isByStep: boolean;
  add(count: number): void;
  addAt(step: number, count: number): void;
}

export class QuerySamples {
  /** Samples that steps looked at. */
  queryable = 0;
  /** Samples that the source gave. */
  read = 0;
  /** Of `queryable`, by step of the query; null when nobody asked for it. */
  readonly perStep: Float64Array | null;
  /** For operators on the query's steps, for those whose one step stands for all, and for those inside of subqueries. */
  readonly counted: SampleTally;
  readonly repeated: SampleTally;
  readonly hidden: SampleTally = HIDDEN;

  constructor(stepCount: number, isByStep: boolean) {
    this.perStep = isByStep ? new Float64Array(stepCount) : null;
    this.counted = new CountedTally(this);
    this.repeated = new RepeatedTally(this, stepCount);
  }
}

const HIDDEN: SampleTally = { isByStep: false, add: () => undefined, addAt: () => undefined };

class CountedTally implements SampleTally {
  readonly isByStep: boolean;
  readonly #samples: QuerySamples;

  constructor(samples: QuerySamples) {
    this.#samples = samples;
    this.isByStep = samples.perStep !== null;
  }

  add(count: number): void {
    this.#samples.queryable += count;
  }

  addAt(step: number, count: number): void {
    this.#samples.queryable += count;
    const { perStep } = this.#samples;
    if (perStep !== null) perStep[step]! += count;
  }
}

class RepeatedTally implements SampleTally {
  readonly isByStep = false;
  readonly #samples: QuerySamples;
  readonly #stepCount: number;

  constructor(samples: QuerySamples, stepCount: number) {
    this.#samples = samples;
    this.#stepCount = stepCount;
  }

  add(count: number): void {
    const { perStep } = this.#samples;
    this.#samples.queryable += count * this.#stepCount;
    if (perStep !== null) for (let step = 0; step < perStep.length; step++) perStep[step]! += count;
  }

  addAt(_step: number, count: number): void {
    this.add(count);
  }
}
