/** Request headers, looked up by lower-case name; of a header sent twice the server decides which it gives. */
export interface HeaderLookup {
  get(lowerCaseName: string): string | undefined;
}

/** One HTTP request as a server hands it over. The API keeps nothing of it after it has answered. */
export interface ApiRequest {
  /** Upper case, as on the request line. */
  readonly method: string;
  /** Without the query string, still percent-encoded. */
  readonly path: string;
  /** What stands behind `?`, without it, still percent-encoded; '' when there is none. */
  readonly queryString: string;
  readonly headers: HeaderLookup;
  /** The whole body, content encodings undone; must not change before the answer. */
  readonly body: Uint8Array;
  /** How long it waited for somebody to work on it, which counts for its deadline. Default: 0. */
  readonly queuedMs?: number;
}

/** How the API learns that nobody waits for the answer any more. */
export interface CancelSignal {
  isCancelled(): boolean;
}
