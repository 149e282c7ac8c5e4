/** What every call has that may look at very many series. */
export interface WorkOptions {
  /**
   * Called while the call works, about once for every few hundred series, values or entries that it looks at. What it
   * throws ends the call, which leaves nothing open. It must not use the database. Default: the call goes on to its end.
   */
  readonly checkpoint?: () => void;
}
