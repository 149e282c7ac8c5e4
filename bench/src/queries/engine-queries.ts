/**
 * The cases of Prometheus's own engine benchmark (promql/bench_test.go: range queries and joins), without `smoothed`,
 * which neither peer knows.
 *
 * `X` stands for `one`, `hundred` and `thousand`, which are numbers of series; `LONG` for a day, and for an hour at
 * 1,000 series. Steps are chosen so that a row says most: long queries of few series, short ones of many.
 */
import { ENGINE_INTERVAL_MS, type QueryDataSize } from './query-data.ts';
import {
  EQUAL,
  NO_LIMIT_RATIO,
  NO_SMOOTHING,
  OTHER_CHANGES,
  OTHER_LIMITK,
  OTHER_RATE,
} from './victoria-metrics-agreement.ts';
import { makeQueryCase, type PeerAgreement, type QueryCase } from './query-case.ts';

type Cardinality = 'one' | 'hundred' | 'thousand';
type Steps = 'single' | 'few' | 'usual' | 'long';

interface Template {
  readonly query: string;
  readonly steps: Readonly<Partial<Record<Cardinality, readonly Steps[]>>>;
  readonly victoriaMetrics: PeerAgreement;
}

type StepsByCardinality = Template['steps'];

const USUAL: StepsByCardinality = { one: ['usual'], hundred: ['usual'], thousand: ['few'] };
const LONG_RANGE: StepsByCardinality = { one: ['usual'], hundred: ['single', 'few'], thousand: ['few'] };
const LIMITED: StepsByCardinality = { hundred: ['usual'], thousand: ['few'] };
const WITH_SINGLE: StepsByCardinality = {
  one: ['single', 'usual'],
  hundred: ['usual'],
  thousand: ['single', 'few'],
};

function template(query: string, steps: StepsByCardinality = USUAL, victoriaMetrics = EQUAL): Template {
  return { query, steps, victoriaMetrics };
}

const RANGE_TEMPLATES: readonly Template[] = [
  template('a_X', WITH_SINGLE),
  template(
    'rate(a_X[1m])',
    {
      one: ['single', 'usual', 'long'],
      hundred: ['usual', 'long'],
      thousand: ['single', 'few'],
    },
    OTHER_RATE,
  ),
  template('rate(sparse[1m])', { one: ['long'] }, OTHER_RATE),
  template('double_exponential_smoothing(a_X[LONG], 0.3, 0.3)', LONG_RANGE, NO_SMOOTHING),
  template('changes(a_X[LONG])', LONG_RANGE, OTHER_CHANGES),
  template('rate(a_X[LONG])', LONG_RANGE, OTHER_RATE),
  template('absent_over_time(a_X[LONG])', LONG_RANGE),
  template('-a_X'),
  template('a_X - b_X', { ...USUAL, one: ['usual', 'long'] }),
  template("a_X and b_X{l=~'.*[0-4]$'}"),
  template("a_X or b_X{l=~'.*[0-4]$'}"),
  template("a_X unless b_X{l=~'.*[0-4]$'}"),
  template("a_X and b_X{l='notfound'}"),
  template('abs(a_X)'),
  template("label_replace(a_X, 'l2', '$1', 'l', '(.*)')"),
  template("label_join(a_X, 'l2', '-', 'l', 'l')"),
  template('sum(a_X)'),
  template('avg(a_X)'),
  template('sum without (l)(h_X)'),
  template('sum without (le)(h_X)'),
  template('sum by (l)(h_X)'),
  template('sum by (le)(h_X)'),
  template("count_values('value', h_X)", { one: ['few'], hundred: ['few'], thousand: ['single'] }),
  template('topk(1, a_X)'),
  template('topk(5, a_X)'),
  template('limitk(1, a_X)', LIMITED, OTHER_LIMITK),
  template('limitk(5, a_X)', LIMITED, OTHER_LIMITK),
  template('limit_ratio(0.1, a_X)', LIMITED, NO_LIMIT_RATIO),
  template('limit_ratio(0.5, a_X)', LIMITED, NO_LIMIT_RATIO),
  template('limit_ratio(-0.5, a_X)', LIMITED, NO_LIMIT_RATIO),
  template('rate(a_X[1m]) + rate(b_X[1m])', USUAL, OTHER_RATE),
  template('sum without (l)(rate(a_X[1m]))', USUAL, OTHER_RATE),
  template('sum without (l)(rate(a_X[1m])) / sum without (l)(rate(b_X[1m]))', USUAL, OTHER_RATE),
  template('histogram_quantile(0.9, rate(h_X[5m]))', USUAL, OTHER_RATE),
  template('a_X + on(l) group_right a_one'),
  template('count({__name__!=""})', { thousand: ['single'] }),
  template('count({__name__!="",l=""})', { thousand: ['single'] }),
  template('timestamp(a_X)'),
];

/** One instance in sixteen begins with 0. */
const JOIN_TEMPLATES: readonly Template[] = [
  template('rpc_request_success_total + rpc_request_error_total', { thousand: ['few'] }),
  template('rpc_request_success_total + on (job, instance) group_left rpc_request_error_total', {
    thousand: ['few'],
  }),
  template('rpc_request_success_total and rpc_request_error_total{instance=~"0.*"}', {
    thousand: ['few', 'usual'],
  }),
  template('rpc_request_success_total or rpc_request_error_total{instance=~"0.*"}', { thousand: ['few'] }),
  template('rpc_request_success_total unless rpc_request_error_total{instance=~"0.*"}', {
    thousand: ['few'],
  }),
];

export function engineQueries(size: QueryDataSize): QueryCase[] {
  return [...RANGE_TEMPLATES, ...JOIN_TEMPLATES].flatMap((each) => casesOf(each, size));
}

function casesOf({ query, steps, victoriaMetrics }: Template, size: QueryDataSize): QueryCase[] {
  const seriesCounts = { one: 1, hundred: size.hundred, thousand: size.thousand };
  const stepCounts = { single: 1, few: size.fewSteps, usual: size.usualSteps, long: size.longSteps };
  return (['one', 'hundred', 'thousand'] as const).flatMap((cardinality) =>
    (steps[cardinality] ?? []).map((each) =>
      makeQueryCase({
        group: 'engine',
        query: query.replaceAll('X', cardinality).replace('LONG', cardinality === 'thousand' ? '1h' : '1d'),
        seriesCount: seriesCounts[cardinality],
        stepCount: stepCounts[each],
        stepMs: ENGINE_INTERVAL_MS,
        victoriaMetrics,
      }),
    ),
  );
}
