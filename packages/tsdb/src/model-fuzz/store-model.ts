/**
 * What a database must hold, as plain maps: the rules on samples of the package, without any of its machinery.
 *
 * Retention works on whole blocks, so which samples are past it and still there cannot be told: `adopt` compares
 * with what was read, allows exactly the losses that may be, and goes on from what is there.
 */
import { errorCodes, type MetricMetadata, type TsdbLimits } from '../index.ts';
import {
  type EVER,
  metadataText,
  type SeriesSamples,
  type StoredContents,
  type StoredSample,
} from './stored-contents.ts';

export interface ModelEntry {
  /** As text. */
  readonly series: string;
  readonly timestampMs: number;
  readonly sample: StoredSample;
}

/** As an appender's commit must answer. */
export interface ModelOutcome {
  samplesWritten: number;
  /** Code → number of samples. */
  readonly rejections: Map<string, number>;
}

export interface DeletedCounts {
  readonly seriesCount: number;
  readonly floatCount: number;
  readonly histogramCount: number;
}

export interface ModelExemplar {
  readonly series: string;
  readonly timestampMs: number;
  readonly text: string;
}

/** What may be missing since the last comparison. */
export interface AllowedLosses {
  /** Retention ran at this time or later: what is older may be gone. -Infinity when it did not run. */
  readonly beforeMs: number;
  /** Whether blocks were dropped for their bytes: any samples may be gone. */
  readonly surplus: boolean;
  /** How many series left the index: only those without samples. */
  readonly seriesDropped: number;
}

export class StoreModel {
  readonly series = new Map<string, SeriesSamples>();
  /** By timestamp; each has its own. */
  #exemplars: ModelExemplar[] = [];
  /** Of series that left the index: they count until the next look at them removes them. */
  #exemplarsHidden = 0;
  /** Metric → text → when it was reported. */
  readonly #metadata = new Map<string, Map<string, number>>();
  readonly #limits: TsdbLimits;

  constructor(limits: TsdbLimits) {
    this.#limits = limits;
  }

  /** @param entries in the order of the batch */
  commit(entries: readonly ModelEntry[], nowMs: number): ModelOutcome {
    const outcome: ModelOutcome = { samplesWritten: 0, rejections: new Map() };
    for (const entry of entries) {
      const samples = this.register(entry.series);
      const code = this.#timeFault(entry, nowMs) ?? this.#orderFault(entry, samples);
      if (code !== null) reject(outcome, code);
      else {
        if (!samples.has(entry.timestampMs)) samples.set(entry.timestampMs, entry.sample);
        outcome.samplesWritten++;
      }
    }
    return outcome;
  }

  /** Makes the series when it is not there. */
  register(series: string): SeriesSamples {
    let samples = this.series.get(series);
    if (samples === undefined) this.series.set(series, (samples = new Map()));
    return samples;
  }

  addExemplars(exemplars: readonly ModelExemplar[]): void {
    if (this.#limits.exemplarsMax === 0) return;
    for (const exemplar of exemplars) {
      this.register(exemplar.series);
      if (!this.#exemplars.some(({ timestampMs }) => timestampMs === exemplar.timestampMs))
        this.#exemplars.push(exemplar);
    }
    this.#exemplars.sort((left, right) => left.timestampMs - right.timestampMs);
    this.#exemplars = this.#exemplars.slice(-this.#limits.exemplarsMax);
  }

  /** The exemplar that has this time, which no other gets. */
  exemplarAt(timestampMs: number): ModelExemplar | undefined {
    return this.#exemplars.find((exemplar) => exemplar.timestampMs === timestampMs);
  }

  /** Removes samples and exemplars in the range of the series that are selected; the series stay. */
  delete(isSelected: (series: string) => boolean, range: typeof EVER): DeletedCounts {
    const { rangeStartMsInclusive, rangeEndMsInclusive } = range;
    const isInside = (time: number): boolean => time >= rangeStartMsInclusive && time <= rangeEndMsInclusive;
    const counts = { seriesCount: 0, floatCount: 0, histogramCount: 0 };
    for (const [series, samples] of this.series) {
      if (!isSelected(series)) continue;
      const deleted = [...samples].filter(([time]) => isInside(time));
      const floats = deleted.filter(([, { value }]) => value.startsWith('float')).length;
      if (deleted.length > 0) counts.seriesCount++;
      counts.floatCount += floats;
      counts.histogramCount += deleted.length - floats;
      for (const [time] of deleted) samples.delete(time);
    }
    this.#exemplars = this.#exemplars.filter(
      ({ series, timestampMs }) => !isSelected(series) || !isInside(timestampMs),
    );
    return counts;
  }

  addMetadata(metric: string, metadata: MetricMetadata, nowMs: number): void {
    const sayings = this.#metadata.get(metric) ?? new Map<string, number>();
    this.#metadata.set(metric, sayings);
    const text = metadataText(metadata);
    const reportedMs = sayings.get(text) ?? Number.NEGATIVE_INFINITY;
    if (nowMs - reportedMs >= 3600 * 1000) sayings.set(text, nowMs);
  }

  /** Background work had nothing left to do: exemplars of dropped series are gone. */
  settle(): void {
    this.#exemplarsHidden = 0;
  }

  /**
   * Compares what was read with what must be there, and takes it over.
   *
   * @returns the differences; empty when all is well
   */
  adopt(actual: StoredContents, allowed: AllowedLosses): string[] {
    return [
      ...this.#adoptSamples(actual.samples, allowed),
      ...this.#adoptExemplars(actual.exemplars, allowed),
      ...this.#adoptMetadata(actual.metadata, allowed),
    ];
  }

  #timeFault({ timestampMs, sample }: ModelEntry, nowMs: number): string | null {
    if (timestampMs > nowMs + this.#limits.futureWindowMs) return errorCodes.ERR_SAMPLE_TOO_FAR_IN_FUTURE;
    if (timestampMs < nowMs - this.#limits.retentionMs) return errorCodes.ERR_SAMPLE_TOO_OLD;
    return sample.startMs > timestampMs ? errorCodes.ERR_SAMPLE_START_AFTER_TIME : null;
  }

  #orderFault({ timestampMs, sample }: ModelEntry, samples: SeriesSamples): string | null {
    if (newestOf(samples) - timestampMs > this.#limits.outOfOrderWindowMs)
      return errorCodes.ERR_SAMPLE_OUT_OF_ORDER;
    const stored = samples.get(timestampMs);
    return stored === undefined || stored.value === sample.value ? null : errorCodes.ERR_SAMPLE_DUPLICATE;
  }

  #adoptSamples(actual: StoredContents['samples'], allowed: AllowedLosses): string[] {
    const found: string[] = [];
    let seriesDropped = 0;
    for (const [series, wanted] of this.series) {
      const stored = actual.get(series);
      found.push(
        ...differences(
          series,
          stored ?? new Map<number, StoredSample>(),
          wanted,
          (timestampMs) => timestampMs < allowed.beforeMs || allowed.surplus,
        ),
      );
      if (stored === undefined) {
        seriesDropped++;
        this.#hideExemplars(series);
        this.series.delete(series);
      } else this.series.set(series, stored);
    }
    for (const series of actual.keys()) if (!this.series.has(series)) found.push(`invented series ${series}`);
    if (seriesDropped > allowed.seriesDropped)
      found.push(`${seriesDropped} series are gone, and ${allowed.seriesDropped} were said to be dropped`);
    return found;
  }

  #hideExemplars(series: string): void {
    const kept = this.#exemplars.filter((exemplar) => exemplar.series !== series);
    this.#exemplarsHidden += this.#exemplars.length - kept.length;
    this.#exemplars = kept;
  }

  #adoptExemplars(actual: StoredContents['exemplars'], allowed: AllowedLosses): string[] {
    const found: string[] = [];
    const stored = new Set(
      [...actual].flatMap(([series, texts]) => texts.map((text) => `${series} ${text}`)),
    );
    const missing = this.#exemplars.filter(({ series, text }) => !stored.has(`${series} ${text}`));
    const untimely = missing.filter(({ timestampMs }) => timestampMs >= allowed.beforeMs);
    if (untimely.length > this.#exemplarsHidden) found.push(`lost exemplars: ${JSON.stringify(untimely)}`);
    const wanted = new Set(this.#exemplars.map(({ series, text }) => `${series} ${text}`));
    for (const text of stored) if (!wanted.has(text)) found.push(`invented exemplar: ${text}`);
    this.#exemplars = this.#exemplars.filter((exemplar) => !missing.includes(exemplar));
    return found;
  }

  #adoptMetadata(actual: StoredContents['metadata'], allowed: AllowedLosses): string[] {
    const found: string[] = [];
    for (const [metric, sayings] of this.#metadata) {
      const stored = actual.get(metric) ?? [];
      for (const [text, reportedMs] of sayings) {
        if (stored.includes(text)) continue;
        if (reportedMs >= allowed.beforeMs) found.push(`lost metadata: ${metric} ${text}`);
        sayings.delete(text);
      }
      const times = stored.map((text) => sayings.get(text) ?? Number.NaN);
      if (times.some((time, index) => !(time <= (times[index - 1] ?? time))))
        found.push(
          `metadata of ${metric} invented, or in the wrong order: ${stored.join()} of ${times.join()}`,
        );
    }
    for (const metric of actual.keys())
      if (!this.#metadata.has(metric)) found.push(`invented metadata: ${metric}`);
    return found;
  }
}

function newestOf(samples: SeriesSamples): number {
  return Math.max(Number.NEGATIVE_INFINITY, ...samples.keys());
}

/** @param mayLack whether a sample of this time may be missing */
export function differences(
  series: string,
  stored: SeriesSamples,
  wanted: SeriesSamples,
  mayLack: (timestampMs: number) => boolean,
): string[] {
  const found: string[] = [];
  for (const [timestampMs, { value, startMs }] of wanted) {
    const sample = stored.get(timestampMs);
    const what = `${series} at ${timestampMs}: ${value} since ${startMs}`;
    if (sample === undefined) {
      if (!mayLack(timestampMs)) found.push(`lost ${what}`);
    } else if (sample.value !== value || sample.startMs !== startMs)
      found.push(`changed ${what}; got ${sample.value} since ${sample.startMs}`);
  }
  for (const [timestampMs, { value }] of stored)
    if (!wanted.has(timestampMs)) found.push(`invented ${series} at ${timestampMs}: ${value}`);
  return found;
}

function reject({ rejections }: ModelOutcome, code: string): void {
  rejections.set(code, (rejections.get(code) ?? 0) + 1);
}
