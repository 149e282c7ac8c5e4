/** The commands of a `.test` script, as read; nothing is evaluated yet. */
import type { Labels, NativeHistogram } from '@promontory/model';
import type { STALE } from '@promontory/promql';

/** A native histogram as a script writes it. */
export interface DescribedHistogram {
  readonly histogram: NativeHistogram;
  /** Whether the script says the counter reset hint; only then is it compared. */
  readonly isHintGiven: boolean;
}

/** One entry of a sequence of values. */
export type SequenceItem =
  | { readonly kind: 'value'; readonly value: number }
  | { readonly kind: 'omitted' }
  | { readonly kind: 'stale' }
  | ({ readonly kind: 'histogram' } & DescribedHistogram);

export interface LoadedSample {
  readonly timestampMs: number;
  readonly value: number | typeof STALE | NativeHistogram;
  /** undefined when it is not known. */
  readonly startTimestampMs: number | undefined;
}

export interface LoadedSeries {
  readonly labels: Labels;
  /** Ascending. */
  readonly samples: readonly LoadedSample[];
}

export interface LoadCommand {
  readonly kind: 'load';
  readonly line: number;
  /** Each label set once, unless a converted classic histogram has the labels of a series that is there too. */
  readonly series: readonly LoadedSeries[];
}

export type TextExpectation =
  | { readonly kind: 'msg'; readonly text: string }
  | { readonly kind: 'regex'; readonly regex: RegExp }
  | { readonly kind: 'any' };

/** What an eval says about failure, annotations and the type of the result. */
export interface Expectations {
  fail: TextExpectation | null;
  readonly warn: TextExpectation[];
  readonly info: TextExpectation[];
  noWarn: boolean;
  noInfo: boolean;
  ordered: boolean;
  string: string | null;
  scalar: number | null;
}

export interface ExpectedSeries {
  readonly labels: Labels;
  readonly items: readonly SequenceItem[];
}

export interface EvalTimes {
  readonly startMs: number;
  readonly endMs: number;
  /** 0 for an instant query. */
  readonly stepMs: number;
}

export interface EvalCommand {
  readonly kind: 'eval';
  readonly line: number;
  readonly query: string;
  readonly times: EvalTimes;
  readonly isRange: boolean;
  /** `expect range vector`: the times of an instant query's matrix. */
  readonly rangeVector: EvalTimes | null;
  readonly expectations: Expectations;
  /** In the order of the script, each label set once. */
  readonly series: readonly ExpectedSeries[];
}

export interface ClearCommand {
  readonly kind: 'clear';
  readonly line: number;
}

export type ScriptCommand = LoadCommand | EvalCommand | ClearCommand;
