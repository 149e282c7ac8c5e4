import { expect, it } from 'vitest';
import type { CaseReport, SubjectReport } from '../cases/case.ts';
import type { QueryFigures } from '../queries/measure-query.ts';
import { makeQueryCase, type PeerAgreement } from '../queries/query-case.ts';
import { type QueryReport, summaryRatios } from '../queries/query-report.ts';
import { EQUAL, NO_SMOOTHING, OTHER_RATE } from '../queries/victoria-metrics-agreement.ts';
import { caseLines } from './table.ts';

function figures(latencyMs: number): QueryFigures[] {
  return [{ latencyMs, cpuMs: latencyMs * 2, residentPeakBytes: latencyMs * 1e6, requests: 5 }];
}

function queryReport(
  query: string,
  victoriaMetrics: PeerAgreement,
  rest: Pick<QueryReport, 'figures' | 'failure'>,
): QueryReport {
  const options = { group: 'engine', query, seriesCount: 100, stepCount: 10, stepMs: 10_000 } as const;
  return { ...makeQueryCase({ ...options, victoriaMetrics }), answerBytes: 1234, ...rest };
}

const QUERIES = [
  queryReport('sum(a)', EQUAL, {
    figures: { promontory: figures(10), prometheus: figures(25), victoriaMetrics: figures(5) },
    failure: null,
  }),
  queryReport('rate(a[1m])', OTHER_RATE, { figures: {}, failure: 'other than prometheus: 1 series' }),
  queryReport('smooth(a)', NO_SMOOTHING, {
    figures: { promontory: figures(20), prometheus: figures(10) },
    failure: null,
  }),
];

const REPORT: CaseReport = {
  name: 'query',
  title: 'Queries',
  parameters: { rounds: 1 },
  metrics: [],
  rows: (['promontory', 'prometheus', 'victoriaMetrics'] as const).map((subject): SubjectReport => ({
    subject,
    version: '1',
    durability: 'on disk',
    values: {},
    resultHash: 'a',
  })),
  queries: QUERIES,
  ratios: summaryRatios(QUERIES),
};

it('has a line a query, with what nobody measured left out', () => {
  const text = caseLines(REPORT).join('\n');
  expect(text).toMatch(
    /^ +sum\(a\) 10×10s +100 +1\.2 +10\.00 +25\.00 +5\.00 +2\.50 +0\.50 +20\.0 +50\.0 +10\.0 +10 +25 +5$/m,
  );
  expect(text).toMatch(/^ +rate\(a\[1m\]\) 10×10s +100 +1\.2( +–){11}$/m);
  expect(text).toMatch(/^ +smooth\(a\) 10×10s +100 +1\.2 +20\.00 +10\.00 +– +0\.50 +– /m);
});

it('says what was not timed, how far answers agree, and what is slowest', () => {
  const lines = caseLines(REPORT);
  expect(lines).toContain('not timed: rate(a[1m]) 10×10s: other than prometheus: 1 series');
  expect(lines.filter((line) => line.startsWith('VictoriaMetrics, '))).toEqual([
    `VictoriaMetrics, series and numbers of points compared: ${reasonOf(OTHER_RATE)} (queries: 1)`,
    `VictoriaMetrics, not asked: ${reasonOf(NO_SMOOTHING)} (queries: 1)`,
  ]);
  const slowest = lines.indexOf('slower than prometheus: 1 of 2 queries; the least ratios:');
  expect(lines[slowest + 1]).toMatch(/smooth\(a\) 10×10s +0\.50 ×$/);
  expect(lines).toContain('slower than victoriaMetrics: 1 of 1 queries; the least ratios:');
});

it('has the ratios of the gate', () => {
  expect(caseLines(REPORT).join('\n')).toMatch(/query\.latency\.min\.vsPrometheus +0\.50 ×/);
});

function reasonOf(agreement: PeerAgreement): string {
  return agreement.kind === 'equal' ? '' : agreement.reason;
}
