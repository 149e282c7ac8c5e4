import { describe, expect, it } from 'vitest';
import { formatReport, runConformance, runScript, type ConformanceReport } from './run-conformance.ts';

const LOAD = `
load 1m
  requests_total{job="a"} 0+60x10
  requests_total{job="b"} 0+120x10
  gap 1 _ stale 4
  requests 0+60x10
`;

async function run(script: string): Promise<ConformanceReport> {
  const report: ConformanceReport = {
    passed: 0,
    skipped: 0,
    failures: [],
    skippedParts: new Map(),
    absentPaths: [],
  };
  await runScript('inline.test', script, report);
  return report;
}

/** An expectation that holds, and wrong versions of it: the first must pass and each of the others fail. */
interface Case {
  readonly name: string;
  readonly right: string;
  readonly wrong: readonly (readonly [kind: string, script: string])[];
}

const CASES: readonly Case[] = [
  {
    name: 'instant vectors',
    right: 'eval instant at 5m requests_total\n  requests_total{job="a"} 300\n  requests_total{job="b"} 600',
    wrong: [
      [
        'value',
        'eval instant at 5m requests_total\n  requests_total{job="a"} 301\n  requests_total{job="b"} 600',
      ],
      [
        'label value',
        'eval instant at 5m requests_total\n  requests_total{job="c"} 300\n  requests_total{job="b"} 600',
      ],
      ['metric name', 'eval instant at 5m requests_total\n  {job="a"} 300\n  {job="b"} 600'],
      [
        'missing series',
        'eval instant at 5m requests_total{job="a"}\n  requests_total{job="a"} 300\n  other 1',
      ],
      ['extra series', 'eval instant at 5m requests_total\n  requests_total{job="a"} 300'],
      ['nothing expected', 'eval instant at 5m requests_total'],
      ['scalar expected', 'eval instant at 5m requests_total\n  300'],
    ],
  },
  {
    name: 'order',
    right:
      'eval instant at 5m sort_desc(requests_total)\n  expect ordered\n  requests_total{job="b"} 600\n  requests_total{job="a"} 300',
    wrong: [
      [
        'order',
        'eval instant at 5m sort_desc(requests_total)\n  expect ordered\n  requests_total{job="a"} 300\n  requests_total{job="b"} 600',
      ],
      [
        'older form',
        'eval_ordered instant at 5m sort(requests_total)\n  requests_total{job="b"} 600\n  requests_total{job="a"} 300',
      ],
    ],
  },
  {
    name: 'ranges',
    right: 'eval range from 0 to 4m step 1m sum(requests_total)\n  {} 0+180x4',
    wrong: [
      ['value', 'eval range from 0 to 4m step 1m sum(requests_total)\n  {} 0+180x3 721'],
      ['too few points', 'eval range from 0 to 4m step 1m sum(requests_total)\n  {} 0+180x3'],
      ['too many points', 'eval range from 0 to 4m step 1m sum(requests_total)\n  {} 0+180x5'],
      ['gap', 'eval range from 0 to 4m step 1m sum(requests_total)\n  {} 0 _ 360 540 720'],
      ['extra series', 'eval range from 0 to 4m step 1m sum(requests_total)'],
      ['missing series', 'eval range from 0 to 4m step 1m sum(nothing)\n  {} 1'],
    ],
  },
  {
    name: 'gaps and staleness',
    right: 'eval range from 0 to 3m step 1m gap\n  gap 1 1 _ 4',
    wrong: [['stale point', 'eval range from 0 to 3m step 1m gap\n  gap 1 1 1 4']],
  },
  {
    name: 'range vectors',
    right: 'eval instant at 3m gap[3m]\n  expect range vector from 1m to 3m step 1m\n  gap _ _ 4',
    wrong: [['times', 'eval instant at 3m gap[3m]\n  expect range vector from 1m to 3m step 1m\n  gap _ 4']],
  },
  {
    name: 'scalars',
    right: 'eval instant at 5m 1 + 1\n  2',
    wrong: [
      ['value', 'eval instant at 5m 1 + 1\n  3'],
      ['type', 'eval instant at 5m 1 + 1\n  {} 2'],
    ],
  },
  {
    name: 'strings',
    right: 'eval instant at 5m "text"\n  expect string "text"',
    wrong: [['value', 'eval instant at 5m "text"\n  expect string "other"']],
  },
  {
    name: 'errors',
    right: 'eval instant at 5m topk(NaN, requests_total)\n  expect fail msg: Parameter value is NaN',
    wrong: [
      ['message', 'eval instant at 5m topk(NaN, requests_total)\n  expect fail msg: Parameter value'],
      ['pattern', 'eval instant at 5m topk(NaN, requests_total)\n  expect fail regex: ^value'],
      ['no error', 'eval instant at 5m requests_total\n  expect fail'],
      ['no error, older form', 'eval_fail instant at 5m requests_total'],
      ['unexpected error', 'eval instant at 5m topk(NaN, requests_total)'],
    ],
  },
  {
    name: 'warnings',
    right:
      'eval instant at 5m quantile(2, requests_total)\n  expect warn msg: PromQL warning: quantile value should be between 0 and 1, got 2 (1:10)\n  {} Inf',
    wrong: [
      ['text', 'eval instant at 5m quantile(2, requests_total)\n  expect warn msg: PromQL warning\n  {} Inf'],
      ['none expected', 'eval instant at 5m quantile(2, requests_total)\n  expect no_warn\n  {} Inf'],
      ['none there', 'eval instant at 5m quantile(1, requests_total)\n  expect warn\n  {} 600'],
      ['none there, older form', 'eval_warn instant at 5m quantile(1, requests_total)\n  {} 600'],
    ],
  },
  {
    name: 'infos',
    right: 'eval instant at 5m rate(requests[2m])\n  expect info regex: not be a counter.*\\(1:6\\)\n  {} 1',
    wrong: [
      ['text', 'eval instant at 5m rate(requests[2m])\n  expect info regex: \\(1:7\\)\n  {} 1'],
      ['none expected', 'eval instant at 5m rate(requests[2m])\n  expect no_info\n  {} 1'],
      ['none there', 'eval instant at 5m rate(requests_total{job="a"}[2m])\n  expect info\n  {job="a"} 1'],
    ],
  },
];

describe('runScript', () => {
  for (const { name, right, wrong } of CASES) {
    it(`passes ${name} that are as expected`, async () => {
      const report = await run(`${LOAD}\n${right}\n`);
      expect(report.failures).toEqual([]);
      expect(report.passed).toBe(1);
    });
    for (const [kind, script] of wrong) {
      it(`fails ${name} with a wrong expectation: ${kind}`, async () => {
        const report = await run(`${LOAD}\n${script}\n`);
        expect(report).toMatchObject({ passed: 0, skipped: 0 });
        expect(report.failures).toMatchObject([{ file: 'inline.test', line: 8 }]);
      });
    }
  }

  it('skips, and names, what the engine or its data do not have', async () => {
    const report = await run(`
load_with_nhcb 1m
  latency_bucket{le="1"} 0+1x5
  latency_bucket{le="+Inf"} 0+2x5

load 1m
  native {{schema:0 sum:1 count:1}}x5

eval instant at 1m latency_bucket{le="1"}
  latency_bucket{le="1"} 1

eval instant at 1m latency

eval instant at 1m native

eval instant at 1m limitk(1, latency_bucket)
`);
    expect(report).toMatchObject({ passed: 1, skipped: 3, failures: [] });
    expect([...report.skippedParts]).toEqual([
      ['native histograms', 2],
      ['limitk', 1],
    ]);
  });

  it('forgets the data at clear', async () => {
    const report = await run(`${LOAD}\nclear\n\neval instant at 5m requests_total\n`);
    expect(report).toMatchObject({ passed: 1, failures: [] });
  });

  it.each(['evaluate something', 'load', 'eval instant at 5m 1\n  expect nothing', 'load 1m\n  a 1 zwei'])(
    'counts a script that cannot be read as a failure: %s',
    async (script) => {
      expect((await run(script)).failures).toHaveLength(1);
    },
  );
});

describe('runConformance', () => {
  it('says that a path is absent and goes on', async () => {
    const report = await runConformance(['/nowhere/at/all']);
    expect(formatReport(report)).toEqual([
      '/nowhere/at/all is not there: nothing of it was run',
      '0 passed, 0 failed, 0 skipped',
    ]);
  });
});
