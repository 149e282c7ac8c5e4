/**
 * The series that the queries are about, all times relative to one end.
 *
 * The groups of the engine benchmark (`a_`, `b_`, `h_` and the rest, a sample each 10 s) end ten minutes before the
 * groups of the dashboards (`m` and the metrics beside it, each 15 s), so that an instant query at the very end
 * meets the latter alone. Each group is as long as the longest query on it needs; only groups of up to 100 series
 * hold more than a day.
 */
import {
  counterGroup,
  histogramGroup,
  joinGroup,
  type SeriesGroup,
  sparseGroups,
  workloadGroup,
} from './series-group.ts';

export interface QueryDataSize {
  /** What `hundred` and `thousand` in metric names stand for. */
  readonly hundred: number;
  readonly thousand: number;
  /** Series of `m`, and of the metrics that are counted beside it. */
  readonly workloads: number;
  readonly others: number;
  readonly sparse: number;
  /** The longest query, and what its range reads before it. */
  readonly longSteps: number;
  readonly usualSteps: number;
  readonly fewSteps: number;
  readonly dashboardMs: number;
}

export const FULL_SIZE: QueryDataSize = {
  hundred: 100,
  thousand: 1000,
  workloads: 1000,
  others: 9000,
  sparse: 50,
  longSteps: 10_000,
  usualSteps: 1000,
  fewSteps: 100,
  dashboardMs: 3_600_000,
};

export const SMOKE_SIZE: QueryDataSize = {
  hundred: 4,
  thousand: 6,
  workloads: 20,
  others: 30,
  sparse: 5,
  longSteps: 60,
  usualSteps: 20,
  fewSteps: 10,
  dashboardMs: 300_000,
};

export const ENGINE_INTERVAL_MS = 10_000;
const DASHBOARD_INTERVAL_MS = 15_000;
const OTHER_METRICS_COUNT = 49;
/** Prometheus cuts blocks at multiples of it: ending there, it has the same blocks and the same head in every run. */
const END_ALIGN_MS = 7_200_000;
const ENGINE_END_BEFORE_MS = 600_000;
const OTHERS_MS = 300_000;
const LOOKBACK_MS = 300_000;
const HOUR_MS = 3_600_000;

export interface QueryData {
  readonly groups: readonly SeriesGroup[];
  readonly engineEndMs: number;
  readonly dashboardEndMs: number;
}

/** The same size and hour give the same samples. */
export function makeQueryData(size: QueryDataSize, nowMs: number): QueryData {
  const dashboardEndMs = Math.floor(nowMs / END_ALIGN_MS) * END_ALIGN_MS;
  const engineEndMs = dashboardEndMs - ENGINE_END_BEFORE_MS;
  const groups = [...engineGroups(size, engineEndMs), ...dashboardGroups(size, dashboardEndMs)];
  return { groups, engineEndMs, dashboardEndMs };
}

function engineGroups(size: QueryDataSize, endMsInclusive: number): SeriesGroup[] {
  const steps = (stepCount: number, rangeMs: number): SpanOfGroup => ({
    intervalMs: ENGINE_INTERVAL_MS,
    startMs: endMsInclusive - stepCount * ENGINE_INTERVAL_MS - rangeMs,
    endMsInclusive,
  });
  const { hundred, thousand, longSteps, usualSteps, fewSteps } = size;
  const long = steps(longSteps, LOOKBACK_MS);
  return [
    counterGroup('a_one', 1, 1, long),
    counterGroup('b_one', 1, 2, long),
    counterGroup('a_hundred', hundred, 3, long),
    counterGroup('b_hundred', hundred, 4, long),
    counterGroup('a_thousand', thousand, 5, steps(usualSteps, HOUR_MS)),
    counterGroup('b_thousand', thousand, 6, steps(usualSteps, LOOKBACK_MS)),
    histogramGroup('h_one', 1, 7, steps(usualSteps, LOOKBACK_MS)),
    histogramGroup('h_hundred', hundred, 8, steps(usualSteps, LOOKBACK_MS)),
    histogramGroup('h_thousand', thousand, 9, steps(fewSteps, LOOKBACK_MS)),
    joinGroup('rpc_request_success_total', thousand, 10, steps(usualSteps, LOOKBACK_MS)),
    joinGroup('rpc_request_error_total', thousand, 11, steps(usualSteps, LOOKBACK_MS)),
    ...sparseGroups('sparse', size.sparse, 100, long),
  ];
}

function dashboardGroups(size: QueryDataSize, endMsInclusive: number): SeriesGroup[] {
  const span = (lengthMs: number): SpanOfGroup => ({
    intervalMs: DASHBOARD_INTERVAL_MS,
    startMs: endMsInclusive - lengthMs,
    endMsInclusive,
  });
  const others = Array.from({ length: OTHER_METRICS_COUNT }, (_, index) => {
    const [from, to] = [index, index + 1].map((part) =>
      Math.round((part * size.others) / OTHER_METRICS_COUNT),
    );
    const metric = `other_${String(index).padStart(2, '0')}`;
    return workloadGroup(metric, (to ?? 0) - (from ?? 0), 200 + index, span(OTHERS_MS));
  });
  return [workloadGroup('m', size.workloads, 12, span(size.dashboardMs + HOUR_MS)), ...others];
}

type SpanOfGroup = Pick<SeriesGroup, 'intervalMs' | 'startMs' | 'endMsInclusive'>;
