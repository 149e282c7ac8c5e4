/** What the servers must hold after the load, asked at the ends of both kinds of groups. */
import { expectRows, type StoredQuestion, type StoredSamples } from '../cases/stored-samples.ts';
import type { QueryData } from './query-data.ts';
import type { SeriesGroup } from './series-group.ts';

const ENGINE_METRICS = /^([abh]_|rpc_)/;
const ROW_METRICS = ['a_hundred', 'rpc_request_error_total', 'm'];

export interface StoredExpectation {
  readonly question: StoredQuestion;
  readonly expected: StoredSamples;
}

/** @param data whose groups stand at their ends */
export function expectQueryData(data: QueryData): StoredExpectation[] {
  const engine = data.groups.filter(({ metric }) => ENGINE_METRICS.test(metric));
  const dashboard = data.groups.filter(({ endMsInclusive }) => endMsInclusive === data.dashboardEndMs);
  return [
    expectGroups(engine, `{__name__=~"${ENGINE_METRICS.source}.*"}`, data.engineEndMs),
    expectGroups(dashboard, '{__name__=~".+"}', data.dashboardEndMs),
  ];
}

function expectGroups(groups: readonly SeriesGroup[], selector: string, timeMs: number): StoredExpectation {
  const rowSelectors = ROW_METRICS.filter((metric) => groups.some((group) => group.metric === metric));
  const lastValues = groups.flatMap(({ values }) => [...values.current]);
  const rows = groups
    .filter(({ metric }) => rowSelectors.includes(metric))
    .flatMap(({ labels, values }) =>
      labels.map((pairs, index) => ({
        labels: Object.fromEntries(pairs.map(({ name, value }) => [name, value])),
        value: values.current[index]!,
      })),
    );
  return {
    question: {
      timeMs,
      seriesCount: lastValues.length,
      selector,
      totalQueries: [`sum(${selector})`],
      rowSelectors,
    },
    expected: expectRows(lastValues, rows),
  };
}
