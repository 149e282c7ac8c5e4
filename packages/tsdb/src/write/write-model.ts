/** What a writer has to answer and to show, as maps; for tests. */

export interface ModelSample {
  readonly series: string;
  readonly timestampMs: number;
  /** Equal texts are equal samples. */
  readonly value: string;
}

export interface ModelAnswer {
  readonly samplesWritten: number;
  readonly rejections: ReadonlyMap<string, number>;
}

type SeriesValues = Map<string, Map<number, string>>;

export class WriteModel {
  readonly #outOfOrderWindowMs: number;
  readonly #taken: SeriesValues = new Map();
  /** Taken and not committed, oldest first. */
  #pending: ModelSample[] = [];

  constructor(outOfOrderWindowMs: number) {
    this.#outOfOrderWindowMs = outOfOrderWindowMs;
  }

  /** Takes a batch, one sample after the other. */
  append(batch: readonly ModelSample[]): ModelAnswer {
    const rejections = new Map<string, number>();
    let samplesWritten = 0;
    for (const sample of batch) {
      const code = this.#take(sample);
      if (code === null) samplesWritten++;
      else rejections.set(code, (rejections.get(code) ?? 0) + 1);
    }
    return { samplesWritten, rejections };
  }

  /** Everything taken is committed. */
  commit(): void {
    this.#pending = [];
  }

  /** Deletes from what is committed; nothing is pending. */
  delete(series: string, startMsInclusive: number, endMsInclusive: number): void {
    const values = this.#valuesOf(series);
    for (const time of values.keys())
      if (time >= startMsInclusive && time <= endMsInclusive) values.delete(time);
  }

  /** Series → time → value of all that is committed, in the order of `comparable`. */
  committed(): SeriesValues {
    const shown: SeriesValues = new Map();
    for (const [series, values] of this.#taken) shown.set(series, new Map(values));
    for (const { series, timestampMs } of this.#pending) shown.get(series)?.delete(timestampMs);
    return comparable(shown);
  }

  #take(sample: ModelSample): string | null {
    const values = this.#valuesOf(sample.series);
    let newestMs = Number.NEGATIVE_INFINITY;
    for (const time of values.keys()) newestMs = Math.max(newestMs, time);
    if (newestMs - sample.timestampMs > this.#outOfOrderWindowMs) return 'ERR_SAMPLE_OUT_OF_ORDER';
    const stored = values.get(sample.timestampMs);
    if (stored !== undefined) return stored === sample.value ? null : 'ERR_SAMPLE_DUPLICATE';
    values.set(sample.timestampMs, sample.value);
    this.#pending.push(sample);
    return null;
  }

  #valuesOf(series: string): Map<number, string> {
    let values = this.#taken.get(series);
    if (values === undefined) this.#taken.set(series, (values = new Map()));
    return values;
  }
}

/** Without series that have nothing. */
export function comparable(values: ReadonlyMap<string, ReadonlyMap<number, string>>): SeriesValues {
  const full = Array.from(values).filter(([, samples]) => samples.size > 0);
  return new Map(full.map(([series, samples]) => [series, new Map(samples)]));
}
