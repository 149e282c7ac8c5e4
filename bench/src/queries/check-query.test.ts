import { expect, it } from 'vitest';
import type { Subject } from '../subjects/subject.ts';
import { checkQuery } from './check-query.ts';
import type { Lane } from './measure-query.ts';
import { makeQueryCase, type PeerAgreement, type QueryCase } from './query-case.ts';
import { EQUAL, OTHER_RATE, RANKED_BY_OTHER_RATE } from './victoria-metrics-agreement.ts';

function queryCase(victoriaMetrics: PeerAgreement): QueryCase {
  const options = { group: 'engine', query: 'q', seriesCount: 1, stepCount: 1, stepMs: 1000 } as const;
  return makeQueryCase({ ...options, victoriaMetrics });
}

function lane(name: Subject['name'], text: string, isOk = true): Lane {
  const connection = { answer: () => Promise.resolve({ isOk, text }) };
  return { subject: { name }, connection, request: { path: '', body: '' } } as unknown as Lane;
}

function oneSeries(label: string, value: string): string {
  const result = [{ metric: { label }, values: [[60, value]] }];
  return JSON.stringify({ status: 'success', data: { resultType: 'matrix', result } });
}

const OWN = lane('promontory', oneSeries('é', '1'));

it.each([
  [EQUAL, lane('prometheus', oneSeries('é', '1.0000000001')), /^none$/],
  [EQUAL, lane('prometheus', oneSeries('é', '1.00000001')), /^other than prometheus: .* is 1 at/],
  [EQUAL, lane('victoriaMetrics', oneSeries('é', '1.0000001')), /^none$/],
  [EQUAL, lane('victoriaMetrics', oneSeries('é', '1.1')), /^other than victoriaMetrics: .* is 1 at/],
  [OTHER_RATE, lane('victoriaMetrics', oneSeries('é', '7')), /^none$/],
  [OTHER_RATE, lane('victoriaMetrics', oneSeries('e', '1')), /^other than victoriaMetrics: series 0/],
  [RANKED_BY_OTHER_RATE, lane('victoriaMetrics', oneSeries('e', '7')), /^none$/],
  [EQUAL, lane('prometheus', 'cannot parse', false), /^prometheus answers cannot parse$/],
  [EQUAL, lane('prometheus', 'no JSON'), /^prometheus: .*JSON/],
])('agreement %j, case %#', async (agreement, peer, failure) => {
  const check = await checkQuery(queryCase(agreement), [OWN, peer]);
  expect(check.answerBytes).toBe(Buffer.byteLength(oneSeries('é', '1')));
  expect(check.failure ?? 'none').toMatch(failure);
});

it('compares nothing without this server', async () => {
  const peers = [lane('prometheus', oneSeries('a', '1')), lane('victoriaMetrics', oneSeries('b', '2'))];
  expect(await checkQuery(queryCase(EQUAL), peers)).toMatchObject({ failure: null });
});
