/** The commands of a `.test` script, as read; nothing is evaluated yet. */
import type { Labels } from '@promontory/model';

/** One entry of a sequence of values. */
export type SequenceItem =
  | { readonly kind: 'value'; readonly value: number }
  | { readonly kind: 'omitted' }
  | { readonly kind: 'stale' }
  /** A native histogram: its text is not interpreted. */
  | { readonly kind: 'histogram' };

export interface LoadedSeries {
  readonly labels: Labels;
  readonly items: readonly SequenceItem[];
  /** A line of start timestamps stands above the series. */
  readonly hasStartTimestamps: boolean;
}

export interface LoadCommand {
  readonly kind: 'load';
  readonly line: number;
  readonly stepMs: number;
  /** Classic histograms are loaded as native ones with custom buckets, too. */
  readonly withCustomBuckets: boolean;
  readonly series: readonly LoadedSeries[];
}

export interface TextExpectation {
  readonly kind: 'msg' | 'regex' | 'any';
  readonly text: string;
}

/** What an eval says about failure and annotations. */
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
  readonly series: readonly ExpectedSeries[];
}

export interface ClearCommand {
  readonly kind: 'clear';
  readonly line: number;
}

export type ScriptCommand = LoadCommand | EvalCommand | ClearCommand;
