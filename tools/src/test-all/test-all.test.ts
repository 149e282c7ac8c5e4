import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { REPOSITORY_ROOT } from './repository.ts';
import { runSteps, selectSteps } from './run-steps.ts';
import type { Step, StepResult } from './step.ts';
import { conformanceResult } from './test-steps.ts';
import { resultOfReport, type VitestReport } from './vitest-run.ts';

function stepOf(name: string, result: Partial<StepResult>): Step {
  const full = { passed: 0, failed: 0, skipped: [], output: '', ...result };
  return { name, title: `title of ${name}`, run: () => Promise.resolve(full) };
}

async function linesOf(steps: Step[]): Promise<{ lines: string[]; isGreen: boolean }> {
  const lines: string[] = [];
  const isGreen = await runSteps(steps, { write: (line) => lines.push(line), monotonicMs: () => 0 });
  return { lines, isGreen };
}

describe('runSteps', () => {
  it('sums all counts in the last line', async () => {
    const { lines, isGreen } = await linesOf([
      stepOf('a', { passed: 3 }),
      stepOf('b', { passed: 4, skipped: ['peers'] }),
    ]);
    expect(lines.at(-1)).toBe('7 passed, 0 failed');
    expect(lines).toContain('   skipped: peers');
    expect(isGreen).toBe(true);
  });

  it('goes on after a failure, shows its output alone, and is not green', async () => {
    const { lines, isGreen } = await linesOf([
      stepOf('a', { failed: 2, output: 'what broke\n' }),
      stepOf('b', { passed: 1, output: 'chatter' }),
    ]);
    expect(lines).toContain('what broke');
    expect(lines).not.toContain('chatter');
    expect(lines.at(-1)).toBe('1 passed, 2 failed');
    expect(isGreen).toBe(false);
  });
});

describe('selectSteps', () => {
  const steps = [stepOf('a', {}), stepOf('b', {}), stepOf('c', {})];

  it('keeps the order of the steps, takes all without a choice, refuses unknown names', () => {
    expect(selectSteps(steps, 'c, a').map((step) => step.name)).toEqual(['a', 'c']);
    expect(selectSteps(steps, undefined)).toHaveLength(3);
    expect(() => selectSteps(steps, 'a,x')).toThrow('no step x');
  });
});

describe('resultOfReport', () => {
  const report = (part: Partial<VitestReport>): VitestReport => ({
    numPassedTests: 5,
    numFailedTests: 0,
    numPendingTests: 0,
    testResults: [],
    ...part,
  });
  const file = (status: string, ...tests: string[]): VitestReport['testResults'][number] => ({
    name: join(REPOSITORY_ROOT, 'x.test.ts'),
    status,
    assertionResults: tests.map((test) => ({ status: test })),
  });

  it.each([
    ['a green run', report({}), 0, 5, 0],
    ['failed tests', report({ numFailedTests: 2, testResults: [file('failed', 'failed')] }), 1, 5, 2],
    ['a file that cannot be loaded', report({ testResults: [file('failed')] }), 1, 5, 1],
    ['an unhandled error', report({}), 1, 5, 1],
    ['no report at all', null, 1, 0, 1],
  ])('%s', (_name, vitestReport, exitCode, passed, failed) => {
    expect(resultOfReport(vitestReport, { exitCode, output: '' })).toMatchObject({ passed, failed });
  });

  it('counts skipped tests by file', () => {
    const result = resultOfReport(report({ testResults: [file('passed', 'passed', 'skipped')] }), {
      exitCode: 0,
      output: '',
    });
    expect(result.skipped).toEqual(['x.test.ts: 1 of 2 tests']);
  });
});

describe('conformanceResult', () => {
  it.each([
    ['10 passed, 0 failed\n', 0, 10, 0],
    ['noise\n10 passed, 2 failed', 1, 10, 2],
    ['10 passed, 0 failed\nError: crashed later', 1, 0, 1],
    ['10 passed, 0 failed, 3 skipped', 0, 0, 1],
    ['10 passed, 0 failed', 1, 10, 1],
    ['0 passed, 0 failed', 0, 0, 1],
  ])('%j with exit code %i', (output, exitCode, passed, failed) => {
    expect(conformanceResult({ exitCode, output })).toMatchObject({ passed, failed, skipped: [] });
  });
});
