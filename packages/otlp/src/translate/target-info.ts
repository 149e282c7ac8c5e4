/**
 * `target_info`: the attributes of a resource as labels of a series that is 1 for as long as its points are, for
 * joins with the resource's other series. It is written only when it says more than `job` and `instance` do.
 */
import { type Labels, METRIC_NAME } from '@promontory/model';
import type { OtlpMetric, OtlpResourceMetrics } from '../request.ts';
import { IDENTIFYING_ATTRIBUTES, type LabelBuilder } from './label-builder.ts';
import { Refusal } from './refusal.ts';

export const TARGET_INFO = 'target_info';
/** Of one resource in one request: half a day at the default lookback. */
const SAMPLES_MAX = 300;

/** Of the points of a resource, both inclusive; points without a time do not count. */
export interface TimeRange {
  readonly earliestMs: number;
  readonly latestMs: number;
}

/** @returns null when no point has a time */
export function timeRangeOf(metrics: Iterable<OtlpMetric>): TimeRange | null {
  let earliestMs = Number.POSITIVE_INFINITY;
  let latestMs = 0;
  for (const { data } of metrics) {
    for (const { timestampMs } of data?.points ?? []) {
      if (timestampMs === 0) continue;
      earliestMs = Math.min(earliestMs, timestampMs);
      latestMs = Math.max(latestMs, timestampMs);
    }
  }
  return latestMs === 0 ? null : { earliestMs, latestMs };
}

/** @returns null when the resource needs no `target_info` */
export function targetInfoLabels(
  { attributes }: OtlpResourceMetrics,
  labelBuilder: LabelBuilder,
): Labels | Refusal | null {
  if (attributes.every(({ key }) => IDENTIFYING_ATTRIBUTES.has(key))) return null;
  const labels = labelBuilder.resourceLabels(attributes);
  if (labels instanceof Refusal) return labels;
  return labels.has('job') || labels.has('instance') ? labels.with(METRIC_NAME, TARGET_INFO) : null;
}

export interface TargetInfoTimes {
  /** Ascending. */
  readonly timestampsMs: readonly number[];
  /** Whether earlier ones were left out. */
  readonly isShortened: boolean;
}

/** One at the start, one at the end, and between them one an interval. */
export function targetInfoTimes(
  { earliestMs, latestMs }: TimeRange,
  lookbackDeltaMs: number,
): TargetInfoTimes {
  const intervalMs = Math.max(1, Math.floor(lookbackDeltaMs / 2));
  const wanted = Math.ceil((latestMs - earliestMs) / intervalMs);
  const skipped = Math.max(0, wanted + 1 - SAMPLES_MAX);
  const timestampsMs: number[] = [];
  for (let step = skipped; step < wanted; step++) timestampsMs.push(earliestMs + step * intervalMs);
  timestampsMs.push(latestMs);
  return { timestampsMs, isShortened: skipped > 0 };
}
