/**
 * The one seam between the evaluator and whatever holds the samples: a TSDB, an aggregator over many,
 * an in-memory set in tests. The evaluator imports none of them.
 */
import type { HistogramSample, Labels, Matcher, SampleColumns } from '@promontory/model';

/** What the evaluator will do with the series; a source may use it to read less, never to answer less. */
export interface SelectHints {
  /** Distance between evaluation steps, 0 for an instant query. */
  readonly stepMs: number;
  /** The range of a range selector (`[5m]`), 0 for an instant selector. */
  readonly rangeMs: number;
  /** The function or aggregation directly above the selector, '' when there is none. */
  readonly functionName: string;
}

/** Work that may take long and be given up. */
export interface WorkRequest {
  /**
   * A source calls it at least every thousand series, values or entries that it looks at; what it throws ends the
   * work, nothing left open. Left out: nobody gives it up.
   */
  readonly checkpoint?: () => void;
}

export interface SelectRequest extends WorkRequest {
  /** All must match; never empty. */
  readonly matchers: readonly Matcher[];
  readonly rangeStartMsInclusive: number;
  readonly rangeEndMsInclusive: number;
  readonly hints: SelectHints;
}

/**
 * The answer to one select. Metadata first: all labels are known before any sample is read, so that
 * consumers can size their outputs. Series come in no particular order, each label set once.
 */
export interface SeriesSet {
  readonly seriesCount: number;

  /** What was missing from all that was read so far, in sentences: warnings of the answer. Left out: nothing was. */
  readonly warnings?: readonly string[];

  /** @param seriesIndex in [0, seriesCount) */
  labels(seriesIndex: number): Labels;

  /**
   * Replaces the contents of `target` with the series' floats inside the requested range (samples
   * outside it may be there too), timestamps ascending and unique, staleness markers bit for bit.
   * May be called in any order and again.
   */
  read(seriesIndex: number, target: SampleColumns): void;

  /**
   * The native histograms of the series, as `read`: ascending, staleness markers included, none at the time of a
   * float. The reader does not change them.
   */
  readHistograms(seriesIndex: number): readonly HistogramSample[];

  /**
   * As `read`, for each sample (float or histogram) whose start timestamp is known: the sample's timestamp, and the
   * start timestamp in milliseconds as its value.
   */
  readStartTimestamps(seriesIndex: number, target: SampleColumns): void;

  /** Releases what the set holds (snapshots, pinned memory). Calling it twice is fine. */
  close(): void;
}

/** Browsing of names and values, as the labels endpoints need it. Results sorted by UTF-8 bytes. */
export interface LabelRequest extends WorkRequest {
  /** Alternatives (each a conjunction); empty means every series. */
  readonly matcherSets: readonly (readonly Matcher[])[];
  readonly rangeStartMsInclusive: number;
  readonly rangeEndMsInclusive: number;
  /** At most this many results; 0 means no limit. */
  readonly countMax: number;
}

export interface LabelAnswer<T> {
  readonly values: readonly T[];
  /** True when `countMax` cut the answer. */
  readonly truncated: boolean;
}

export interface SeriesSource {
  /** Resolves once everything that was acknowledged before the call is visible in the set. */
  select(request: SelectRequest): Promise<SeriesSet>;
  labelNames(request: LabelRequest): Promise<LabelAnswer<string>>;
  labelValues(labelName: string, request: LabelRequest): Promise<LabelAnswer<string>>;
  /** The label sets themselves, each once, sorted. */
  series(request: LabelRequest): Promise<LabelAnswer<Labels>>;
}
