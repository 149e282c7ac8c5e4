import { describe, expect, it } from 'vitest';
import type { QueryFigures } from './measure-query.ts';
import { makeQueryCase, type QueryGroup } from './query-case.ts';
import {
  figureOf,
  type QueryReport,
  rankedByLatency,
  ratioOf,
  type SubjectName,
  summaryRatios,
} from './query-report.ts';
import { EQUAL } from './victoria-metrics-agreement.ts';

function rounds(latenciesMs: readonly number[]): QueryFigures[] {
  return latenciesMs.map((latencyMs) => ({
    latencyMs,
    cpuMs: latencyMs / 2,
    residentPeakBytes: 1,
    requests: 5,
  }));
}

function report(
  query: string,
  group: QueryGroup,
  latenciesMs: Readonly<Partial<Record<SubjectName, readonly number[]>>>,
): QueryReport {
  const figures = Object.fromEntries(Object.entries(latenciesMs).map(([name, each]) => [name, rounds(each)]));
  const options = { group, query, seriesCount: 1, stepCount: 1, stepMs: 1000, victoriaMetrics: EQUAL };
  return { ...makeQueryCase(options), figures, answerBytes: 1, failure: null };
}

const PANEL = report('panel', 'dashboard', {
  promontory: [1, 2, 9],
  prometheus: [8, 8, 1],
  victoriaMetrics: [1, 1, 1],
});
const SUM = report('sum', 'engine', { promontory: [4], prometheus: [4], victoriaMetrics: [8] });
const SMOOTH = report('smooth', 'engine', { promontory: [2], prometheus: [1] });
const FAILED = report('failed', 'engine', {});

it('takes the median of the rounds', () => {
  expect(figureOf(PANEL, 'promontory', 'latencyMs')).toBe(2);
  expect(ratioOf(PANEL, 'prometheus', 'latencyMs')).toBe(4);
  expect(ratioOf(PANEL, 'prometheus', 'cpuMs')).toBe(4);
  expect(figureOf(SMOOTH, 'victoriaMetrics', 'latencyMs')).toBeUndefined();
  expect(ratioOf(SMOOTH, 'victoriaMetrics', 'latencyMs')).toBeUndefined();
});

describe('summaryRatios', () => {
  it('has geometric means over all and over groups, and the least ratio, of the queries that both answered', () => {
    const ratios = summaryRatios([PANEL, SUM, SMOOTH, FAILED]);
    expect(ratios['latency.geomean.vsPrometheus']).toBeCloseTo(Math.cbrt(4 * 1 * 0.5), 12);
    expect(ratios['latency.min.vsPrometheus']).toBe(0.5);
    expect(ratios['latency.geomean.dashboard.vsPrometheus']).toBeCloseTo(4, 12);
    expect(ratios['latency.geomean.engine.vsPrometheus']).toBeCloseTo(Math.sqrt(0.5), 12);
    expect(ratios['latency.geomean.vsVictoriaMetrics']).toBeCloseTo(1, 12);
    expect(ratios['latency.min.vsVictoriaMetrics']).toBe(0.5);
    expect(ratios['cpu.geomean.vsVictoriaMetrics']).toBeCloseTo(1, 12);
  });

  it('says nothing of a peer that was not measured', () => {
    expect(Object.keys(summaryRatios([SMOOTH])).some((name) => name.endsWith('vsVictoriaMetrics'))).toBe(
      false,
    );
  });
});

it('ranks the slowest first, without those that one has not answered', () => {
  const ranked = rankedByLatency([PANEL, SUM, SMOOTH, FAILED], 'prometheus');
  expect(ranked.map((each) => [each.report.query, each.ratio])).toEqual([
    ['smooth', 0.5],
    ['sum', 1],
    ['panel', 4],
  ]);
});
