/** One row of the query table: what is asked, and how far the answers of the subjects may differ. */

/** `dashboard`: what a panel asks; `engine`: the cases of Prometheus's own engine benchmark. */
export type QueryGroup = 'dashboard' | 'engine';

export interface QueryCase {
  /** Query and steps; no two rows have the same. */
  readonly name: string;
  readonly group: QueryGroup;
  readonly query: string;
  /** Of the largest metric that the query names, a histogram as one; of the dashboards' count all that it counts. */
  readonly seriesCount: number;
  /** Steps after the first point, so that there is one point more; 0 asks an instant query. */
  readonly stepCount: number;
  readonly stepMs: number;
  readonly victoriaMetrics: PeerAgreement;
}

/**
 * What VictoriaMetrics's answer must share with ours. `equal`: everything. `differs`, where its language means something
 * else by the same words: series, their labels without the name, and as many points of each but one. `picks`, where
 * other values or another rule select other series: as many points in all. `absent`: it does not know the query.
 */
export type PeerAgreement =
  { readonly kind: 'equal' } | { readonly kind: 'differs' | 'picks' | 'absent'; readonly reason: string };

export function makeQueryCase(options: Omit<QueryCase, 'name'>): QueryCase {
  const { query, stepCount, stepMs } = options;
  const steps = stepCount === 0 ? 'instant' : `${stepCount}×${stepMs / 1000}s`;
  return { ...options, name: `${query} ${steps}` };
}
