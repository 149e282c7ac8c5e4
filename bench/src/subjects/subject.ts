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
  /** Below the storage folder: what the server makes anew when it is missing, and what does not count as stored. */
  readonly cacheFolders: readonly string[];
  /** What a query says so that it is answered from the stored samples, and not from an earlier answer. */
  readonly uncachedParameters: Readonly<Record<string, string>>;
  /** A fresh process on an empty data directory, ready to be written to. */
  start(): Promise<RunningSubject>;
  /** Brings all data to disk in the form in which it stays, by the server's own means, and ends the process. */
  settleOnDisk(server: RunningSubject): Promise<void>;
  /** Makes everything that was answered with 2xx visible to queries. */
  flush(server: RunningSubject): Promise<void>;
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
  /** What the server stores, and nothing else. */
  readonly storageFolder: string;
  query(expression: string, timeMs: number): Promise<QueryRow[]>;
  /** Text of a GET. @throws PromontoryError ERR_CHILD_SERVER unless the answer is 2xx */
  get(path: string): Promise<string>;
  /** One sample of the server's own /metrics, 0 when it is not there. */
  ownMetric(name: string): Promise<number>;
  /** User and system time of the process so far. */
  cpuMs(): number;
  memory(): ProcessMemory;
  /** From now on `residentPeakBytes` is what is resident now, or what will be. */
  forgetResidentPeak(): void;
  /** Ends the process, keeping its data. @throws PromontoryError ERR_CHILD_SERVER when it has to be killed */
  shutDown(): Promise<void>;
  /** SIGKILL; the data stays. */
  kill(): Promise<void>;
  /** A new process on the same data and address. @returns milliseconds from its start until it is ready */
  startAgain(): Promise<number>;
  /** Ends the process and removes its data; a second call does nothing. */
  stop(): Promise<void>;
}
