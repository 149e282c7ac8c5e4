/** What is measured: a metrics server as a process that takes remote write and answers PromQL. */
import type { ProcessMemory } from '../process-stats.ts';

export interface Subject {
  /** As `--only` and the gate name it. */
  readonly name: 'promontory' | 'prometheus' | 'victoriaMetrics';
  readonly version: string;
  /** When a sample that was answered with 2xx is on disk. */
  readonly durability: string;
  /** The counter of /metrics that says how many blocks were written; null: not asked. */
  readonly blocksWrittenMetric: string | null;
  /** A fresh process on an empty data directory, ready to be written to. */
  start(): Promise<RunningSubject>;
}

/** One series of an instant query's answer. */
export interface QueryRow {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface RunningSubject {
  readonly address: { readonly host: string; readonly port: number };
  readonly writePath: string;
  /** Sent with every request. */
  readonly headers: Readonly<Record<string, string>>;
  query(expression: string, timeMs: number): Promise<QueryRow[]>;
  /** One sample of the server's own /metrics, 0 when it is not there. */
  ownMetric(name: string): Promise<number>;
  /** User and system time of the process so far. */
  cpuMs(): number;
  memory(): ProcessMemory;
  /** Ends the process and removes its data; a second call does nothing. */
  stop(): Promise<void>;
}
