/** What the parameters mean, by name: each means the same wherever it is taken. */
export type ParameterShape = 'text' | 'texts' | 'integer' | 'switch' | 'time' | 'duration' | 'one of';

export interface ParameterEntry {
  readonly shape: ParameterShape;
  readonly meaning: string;
  /** Of `one of`. */
  readonly values?: readonly string[];
}

function entry(shape: ParameterShape, meaning: string): ParameterEntry {
  return { shape, meaning };
}

function oneOf(values: readonly string[], meaning: string): ParameterEntry {
  return { shape: 'one of', meaning, values };
}

export const PARAMETER_GLOSSARY: Readonly<Record<string, ParameterEntry>> = {
  // Queries.
  query: entry('text', 'A PromQL expression.'),
  time: entry('time', 'When it is evaluated. Default: now.'),
  start: entry('time', 'The first time looked at. Default, where it may be left out: the beginning.'),
  end: entry('time', 'The last time looked at. Default, where it may be left out: the end of time.'),
  step: entry('duration', 'Time between two points of the answer.'),
  timeout: entry('duration', 'Longest that it may take; no more than the limit of the server.'),
  lookback_delta: entry('duration', 'How far back an instant selector looks for a sample.'),
  stats: entry('text', 'Adds statistics to the answer when it is not empty; those of each step with "all".'),
  trace: entry('text', 'Adds what the query did to the answer.'),
  limit: entry('integer', 'Most results; 0 for all.'),
  extra_label: entry('texts', 'name=value: everything that is read must have that label.'),
  'extra_filters[]': entry('texts', 'Selectors: one of them must match everything that is read.'),
  // Browsing.
  'match[]': entry('texts', 'Selectors of series; what one of them selects is in the answer.'),
  name: entry('text', 'A label name; one that begins with U__ is unescaped.'),
  metric: entry('text', 'Only the metric with this name.'),
  limit_per_metric: entry('integer', 'Most entries of one metric; 0 for all.'),
  'search[]': entry('texts', 'Texts to look for; one of them must be found.'),
  fuzz_threshold: entry('integer', 'How like a result must be, from 0 to 100.'),
  fuzz_alg: oneOf(['subsequence', 'jarowinkler'], 'How likeness is measured.'),
  case_sensitive: entry('switch', 'Whether capital letters are others than small ones.'),
  sort_by: oneOf(['alpha', 'score'], 'What results are sorted by.'),
  sort_dir: oneOf(['asc', 'dsc'], 'The direction of sorting.'),
  include_score: entry('switch', 'Adds how like each result is.'),
  include_metadata: entry('switch', 'Adds type, unit and help of each metric.'),
  label: entry('text', 'The label whose values are looked at.'),
  batch_size: entry('integer', 'Results in a line of the answer.'),
  // Rules and targets.
  type: oneOf(['alert', 'record'], 'Only rules of this type.'),
  'rule_name[]': entry('texts', 'Only rules with one of these names.'),
  'rule_group[]': entry('texts', 'Only groups with one of these names.'),
  'file[]': entry('texts', 'Only groups of one of these files.'),
  exclude_alerts: entry('switch', 'Leaves the active alerts of rules out.'),
  group_limit: entry('integer', 'Most groups in one answer, above 0.'),
  group_next_token: entry('text', 'Where an answer that was cut goes on; with group_limit.'),
  state: oneOf(['active', 'dropped', 'any'], 'Only targets in this state.'),
  scrapePool: entry('text', 'The name of a scrape pool.'),
  match_target: entry('text', 'A selector of targets by their labels.'),
  labels: entry('text', 'The labels of a target as a JSON object.'),
  // Status.
  metric_name_pattern: entry('text', 'A regex that whole metric names must match.'),
  topN: entry('integer', 'Most queries in each list.'),
  maxLifetime: entry('duration', 'How long ago the queries may have ended.'),
  id: entry('text', 'The id of a query that runs.'),
  openapi_version: oneOf(['3.1', '3.2'], 'The version of OpenAPI. Default: 3.1.'),
  // Administration.
  dry_run: entry('switch', 'Counts what would be deleted, and deletes nothing.'),
  counts: entry('switch', 'Answers with counts of what was deleted.'),
  skip_head: entry('switch', 'Checked, and without effect: a snapshot has all samples.'),
};
