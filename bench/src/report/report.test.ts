import { describe, expect, it } from 'vitest';
import type { CaseReport, SubjectReport } from '../cases/case.ts';
import { checkGate } from './gate.ts';
import { ratiosOf } from './ratios.ts';
import { caseLines } from './table.ts';

function rowOf(subject: SubjectReport['subject'], speed: number[], latency: number[]): SubjectReport {
  return {
    subject,
    version: '1',
    durability: 'on disk',
    values: { speed, latency },
    resultHash: 'abc',
  };
}

const REPORT: CaseReport = {
  name: 'ingest.x',
  title: 'Ingest',
  parameters: { series: 10 },
  metrics: [
    { name: 'speed', unit: 'per-second' },
    { name: 'latency', unit: 'ms' },
  ],
  rows: [
    rowOf('promontory', [3000, 3100, 2900], [1, 1, 4]),
    rowOf('prometheus', [1000, 900, 1500], [2, 3, 2]),
  ],
};

describe('ratiosOf', () => {
  it('takes medians, and counts lower latency as better', () => {
    expect([...ratiosOf(REPORT)]).toEqual([
      ['ingest.x.speed.vsPrometheus', 3],
      ['ingest.x.latency.vsPrometheus', 2],
    ]);
  });

  it('has none without the server itself', () => {
    expect(ratiosOf({ ...REPORT, rows: REPORT.rows.slice(1) }).size).toBe(0);
  });
});

describe('checkGate', () => {
  it('tells held, broken and unmeasured apart; a bound itself holds', () => {
    const gate = {
      ratiosMin: {
        'ingest.x.speed.vsPrometheus': 3,
        'ingest.x.latency.vsPrometheus': 2.5,
        'ingest.y.speed.vsPrometheus': 1,
      },
      valuesMin: { 'ingest.x.speed': 3000, 'ingest.y.speed': 1 },
      valuesMax: { 'ingest.x.speed': 2999, 'ingest.x.latency': 1 },
    };
    const result = checkGate(gate, [REPORT]);
    expect(result.held).toEqual([
      'ingest.x.speed.vsPrometheus is 3, must be at least 3',
      'ingest.x.speed is 3,000, must be at least 3,000',
      'ingest.x.latency is 1, must be at most 1',
    ]);
    expect(result.broken).toEqual([
      'ingest.x.latency.vsPrometheus is 2, must be at least 2.5',
      'ingest.x.speed is 3,000, must be at most 2,999',
    ]);
    expect(result.unmeasured).toEqual(['ingest.y.speed.vsPrometheus', 'ingest.y.speed']);
  });
});

describe('caseLines', () => {
  it('shows median, tolerance, result and ratio', () => {
    const text = caseLines(REPORT).join('\n');
    expect(text).toMatch(/speed +3,000 ± 3 % +1,000 ± 30 %/);
    expect(text).toMatch(/latency +1\.00 ms ± 150 % +2\.00 ms ± 25 %/);
    expect(text).toMatch(/result +abc +abc/);
    expect(text).toMatch(/ingest\.x\.speed\.vsPrometheus +3\.00 ×/);
  });

  it.each([
    ['bytes', 9_740_000, '9.7 MB'],
    ['bytes', 973_400_000, '973 MB'],
    ['bytes-each', 1.349, '1.35 B'],
    ['bytes-each', 812.4, '812 B'],
  ] as const)('shows %s %d as %s', (unit, value, text) => {
    const metrics = [{ name: 'speed', unit }];
    const rows = [rowOf('promontory', [value], [])];
    expect(caseLines({ ...REPORT, metrics, rows }).join('\n')).toMatch(new RegExp(`speed +${text}$`, 'm'));
  });
});
