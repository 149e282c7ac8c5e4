/** What the server knows of the queries that run and that ran. */

/** One that runs, or waits for a thread. */
export interface ActiveQuery {
  readonly id: string;
  readonly path: string;
  readonly query: string;
  /** null when the request does not say. */
  readonly startMs: number | null;
  readonly endMs: number | null;
  readonly stepMs: number | null;
  /** The id of the access key. */
  readonly user: string;
  readonly instance: string;
  readonly remoteAddress: string;
  /** Since it came. */
  readonly durationMs: number;
  /** Somebody asked for it to end, and it has not yet. */
  readonly isCancelled: boolean;
}

/** Queries with one text and length of range. */
export interface QueryTotals {
  readonly query: string;
  readonly rangeSeconds: number;
  readonly count: number;
  readonly durationMsSum: number;
  readonly memoryBytesSum: number;
  /** Who asked, each once, in order. */
  readonly users: readonly string[];
}

export interface QueryLedger {
  /** The longest running first. */
  active(): readonly ActiveQuery[];
  /** @returns false when no such query runs */
  cancel(id: string): boolean;
  /** Of queries that ended in the last `lifetimeMs`, as far as they are remembered; in no order. */
  totals(lifetimeMs: number): readonly QueryTotals[];
}
