/** Queries as the panels of a dashboard ask them: an hour of 1,000 series that are scraped each 15 s. */
import { makeQueryCase, type PeerAgreement, type QueryCase } from './query-case.ts';
import type { QueryDataSize } from './query-data.ts';
import { EQUAL, OTHER_RATE, RANKED_BY_OTHER_RATE } from './victoria-metrics-agreement.ts';

interface Panel {
  readonly query: string;
  /** 0 for an instant query. */
  readonly stepMs: number;
  readonly victoriaMetrics: PeerAgreement;
}

const PANELS: readonly Panel[] = [
  { query: 'sum by (namespace) (rate(m[5m]))', stepMs: 15_000, victoriaMetrics: OTHER_RATE },
  { query: 'rate(m[5m])', stepMs: 15_000, victoriaMetrics: OTHER_RATE },
  { query: 'max by (pod) (avg_over_time(m[1h]))', stepMs: 60_000, victoriaMetrics: EQUAL },
  { query: 'topk(5, rate(m[5m]))', stepMs: 60_000, victoriaMetrics: RANKED_BY_OTHER_RATE },
  { query: 'count by (__name__) ({__name__=~".+"})', stepMs: 0, victoriaMetrics: EQUAL },
];

export function dashboardQueries(size: QueryDataSize): QueryCase[] {
  return PANELS.map(({ query, stepMs, victoriaMetrics }) =>
    makeQueryCase({
      group: 'dashboard',
      query,
      seriesCount: stepMs === 0 ? size.workloads + size.others : size.workloads,
      stepCount: stepMs === 0 ? 0 : size.dashboardMs / stepMs,
      stepMs,
      victoriaMetrics,
    }),
  );
}
