export interface ParseOptions {
  /** Levels of nesting, counted in the tree of expressions. */
  readonly depthMax: number;
  /** UTF-16 units. */
  readonly lengthMax: number;
  /**
   * False refuses what Prometheus has behind feature flags: experimental functions, `limitk` and `limit_ratio`,
   * `fill` and `anchored`/`smoothed`. Default: true.
   */
  readonly experimental?: boolean;
  /** Of the regexes of an expression, and of each one of label_replace, as of RegexBudget. Default: 100,000. */
  readonly regexWeightMax?: number;
}

/** Deep enough for generated dashboards, shallow enough for every recursion in the engine. */
export const DEFAULT_PARSE_OPTIONS: ParseOptions = { depthMax: 400, lengthMax: 262_144, experimental: true };
