import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { formatReport, runConformance, runScript, type ConformanceReport } from './run-conformance.ts';

const LOAD = `
load 1m
  requests_total{job="a"} 0+60x10
  requests_total{job="b"} 0+120x10
  gap 1 _ stale 4
  requests 0+60x10
`;

async function run(script: string): Promise<ConformanceReport> {
  const report: ConformanceReport = { passed: 0, failures: [], absentPaths: [] };
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
        expect(report).toMatchObject({ passed: 0, failures: [{ file: 'inline.test', line: 8 }] });
      });
    }
  }

  it('forgets the data at clear', async () => {
    const report = await run(`${LOAD}\nclear\n\neval instant at 5m requests_total\n`);
    expect(report).toMatchObject({ passed: 1, failures: [] });
  });

  it('counts a script that cannot be read as one failure, with its line, and runs nothing of it', async () => {
    const report = await run(`${LOAD}\neval instant at 5m 1\n  1\n\neval instant at 5m 2\n  {} {{count:}}\n`);
    expect(report).toMatchObject({ passed: 0, failures: [{ file: 'inline.test', line: 12, query: null }] });
  });
});

describe('runConformance', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'promontory-conformance-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  writeFileSync(path.join(folder, 'a.test'), 'load 1m\n  a 1 {{count:1\n');
  writeFileSync(
    path.join(folder, 'b.test'),
    'eval instant at 0 1 + 1\n  2\n\neval instant at 0 1 + 1\n  3\n',
  );
  writeFileSync(path.join(folder, 'readme.txt'), 'not a script');

  it('runs the scripts of a folder in the order of their names, also after one that cannot be read', async () => {
    const report = await runConformance([folder]);
    expect(formatReport(report)).toEqual([
      `${folder}/a.test:2: cannot read script: expected {{…}} or {{…}}+{{…}}x3, got {{count:1`,
      `${folder}/b.test:4: 1 + 1\n    expected 3, got 2`,
      '1 passed, 2 failed',
    ]);
  });

  it('says that a path is absent and goes on', async () => {
    const report = await runConformance(['/nowhere/at/all', path.join(folder, 'a.test')]);
    expect(formatReport(report).at(0)).toBe('/nowhere/at/all is not there: nothing of it was run');
    expect(formatReport(report).at(-1)).toBe('0 passed, 1 failed');
  });

  it.each([
    ['a.test', 1],
    ['b.test', 1],
    ['c.test', 0],
  ])('ends with an exit code: %s', (name, exitCode) => {
    const main = fileURLToPath(new URL('main.ts', import.meta.url));
    const { status } = spawnSync(process.execPath, [main, path.join(folder, name)]);
    expect(status).toBe(exitCode);
  });
});
