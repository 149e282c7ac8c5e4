/** One measured situation. A new one is a file beside this, listed in `cases.ts`. */
import type { QueryReport } from '../queries/query-report.ts';
import type { Subject } from '../subjects/subject.ts';

export interface CaseContext {
  /** In the order in which they take turns. */
  readonly subjects: readonly Subject[];
  /** How often each subject takes its turn. */
  readonly rounds: number;
  /** A few seconds in all, without meaning for the times. */
  readonly isSmoke: boolean;
  /** Instead of the number of series that a case takes by itself, where it can. */
  readonly seriesCount: number | undefined;
  /** Which rows of the query table; undefined for all. */
  readonly queryPattern: RegExp | undefined;
  readonly log: (line: string) => void;
  /** One time for the whole run, so that all subjects get the same bytes. */
  readonly nowMs: number;
  /** On the monotonic clock: no turn starts later. */
  readonly deadlineMs: number;
}

export interface Case {
  /** As the gate and `--case` name it. */
  readonly name: string;
  readonly title: string;
  run(context: CaseContext): Promise<CaseReport>;
}

export interface Metric {
  readonly name: string;
  /** How the table shows a value; `bytes-each` is of one series or sample. Only of `per-second` more is better. */
  readonly unit: 'per-second' | 'ms' | 'bytes' | 'bytes-each';
}

export interface CaseReport {
  readonly name: string;
  readonly title: string;
  readonly parameters: Readonly<Record<string, number | string>>;
  readonly metrics: readonly Metric[];
  readonly rows: readonly SubjectReport[];
  /** Of a case that asks queries: a row a query. */
  readonly queries?: readonly QueryReport[];
  /** Ratios that the case takes itself, by `metric.vsPeer`; above 1 is better. */
  readonly ratios?: Readonly<Record<string, number>>;
  /** What does not hold whatever the figures are, a sentence each; one fails the run. */
  readonly failures?: readonly string[];
}

export interface SubjectReport {
  readonly subject: Subject['name'];
  readonly version: string;
  readonly durability: string;
  /** One value per round, by metric name. */
  readonly values: Readonly<Record<string, readonly number[]>>;
  /** Hash of the answers; equal for all subjects. */
  readonly resultHash: string;
}
