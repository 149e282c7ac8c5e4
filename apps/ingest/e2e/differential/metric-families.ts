/** The metrics of the data, as queries choose among them. */

export type FamilyKind = 'counter' | 'gauge' | 'bucket' | 'histogram' | 'gauge-histogram' | 'mixed';

export interface MetricFamily {
  /** As a selector has it. */
  readonly name: string;
  readonly kind: FamilyKind;
  readonly labels: readonly string[];
}

export const FAMILIES: readonly MetricFamily[] = [
  { name: 'requests_total', kind: 'counter', labels: ['job', 'instance', 'code'] },
  { name: 'errors_total', kind: 'counter', labels: ['job', 'instance'] },
  { name: 'gappy_total', kind: 'counter', labels: ['job'] },
  { name: 'flapping_total', kind: 'counter', labels: ['job'] },
  { name: 'latency_seconds_count', kind: 'counter', labels: ['job', 'instance'] },
  { name: 'latency_seconds_sum', kind: 'counter', labels: ['job', 'instance'] },
  { name: 'temperature_celsius', kind: 'gauge', labels: ['floor', 'room'] },
  { name: 'queue_length', kind: 'gauge', labels: ['queue'] },
  { name: 'queue_limit', kind: 'gauge', labels: ['queue'] },
  { name: 'workers', kind: 'gauge', labels: ['unit'] },
  { name: 'odd', kind: 'gauge', labels: ['kind'] },
  { name: 'job_limit', kind: 'gauge', labels: ['job', 'team'] },
  { name: 'target_info', kind: 'gauge', labels: ['job', 'instance', 'version', '"k8s.cluster"'] },
  { name: 'build_info', kind: 'gauge', labels: ['job', 'instance', 'version', 'revision'] },
  { name: 'up', kind: 'gauge', labels: ['job', 'instance'] },
  { name: 'last_seen_seconds', kind: 'gauge', labels: ['unit'] },
  { name: '{"http.größe"}', kind: 'gauge', labels: ['job', '"http.method"', '"日本"'] },
  { name: 'latency_seconds_bucket', kind: 'bucket', labels: ['job', 'instance', 'le'] },
  { name: 'broken_seconds_bucket', kind: 'bucket', labels: ['kind', 'le'] },
  { name: 'both_seconds_bucket', kind: 'bucket', labels: ['job', 'le'] },
  { name: 'native_latency', kind: 'histogram', labels: ['job', 'instance'] },
  { name: 'native_changing', kind: 'histogram', labels: [] },
  { name: 'native_signed', kind: 'histogram', labels: ['kind'] },
  { name: 'native_nan', kind: 'histogram', labels: [] },
  { name: 'native_flapping', kind: 'histogram', labels: [] },
  { name: 'native_custom', kind: 'histogram', labels: ['instance'] },
  { name: 'native_bounds', kind: 'histogram', labels: ['kind'] },
  { name: 'native_gauge', kind: 'gauge-histogram', labels: ['kind'] },
  { name: 'both_seconds', kind: 'histogram', labels: ['job'] },
  { name: 'mixed_kinds', kind: 'mixed', labels: ['kind'] },
  { name: 'turning', kind: 'mixed', labels: [] },
];

const VALUES: Readonly<Record<string, readonly string[]>> = {
  job: ['api', 'web'],
  instance: ['a:80', 'b:80', 'c:80'],
  code: ['200', '500'],
  le: ['0.1', '1', '1.0', '+Inf'],
  room: ['attic', 'hall'],
  queue: ['in', 'out'],
  kind: ['float', 'integer', 'custom', 'turns', 'changing', 'endless', 'falling', 'nan'],
};

/** @returns values that a matcher on the label may have; those of other labels fit all */
export function valuesOf(label: string): readonly string[] {
  return VALUES[label] ?? ['1.0', '5', 'red'];
}
