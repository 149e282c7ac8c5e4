/** Runs vitest and reads its counts from the JSON report. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { binary, REPOSITORY_ROOT } from './repository.ts';
import { type CommandResult, runCommand } from './run-command.ts';
import type { StepResult } from './step.ts';

const SKIPPED_STATUSES = ['skipped', 'pending', 'todo'];

/** The part of vitest's JSON report that is read here. */
export interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly testResults: readonly VitestFile[];
}

interface VitestFile {
  readonly name: string;
  readonly status: string;
  readonly assertionResults: readonly { readonly status: string }[];
}

export async function runVitest(args: readonly string[]): Promise<StepResult> {
  const folder = await mkdtemp(join(tmpdir(), 'promontory-vitest-'));
  const reportPath = join(folder, 'report.json');
  try {
    const command = await runCommand(binary('vitest'), [
      'run',
      ...args,
      '--reporter=dot',
      '--reporter=json',
      `--outputFile.json=${reportPath}`,
    ]);
    const report = await readFile(reportPath, 'utf8').catch(() => '');
    return resultOfReport(report === '' ? null : (JSON.parse(report) as VitestReport), command);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A file that could not even be loaded counts as one failure, and so does a run that fails for another reason. */
export function resultOfReport(report: VitestReport | null, command: CommandResult): StepResult {
  if (report === null) return { passed: 0, failed: 1, skipped: [], output: command.output };
  const unloadable = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
  ).length;
  const failed = report.numFailedTests + unloadable;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && command.exitCode !== 0 ? 1 : failed,
    skipped: skippedTests(report),
    output: command.output,
  };
}

/** One line for each file that has some; after a failed set-up vitest calls the file's tests skipped too. */
function skippedTests(report: VitestReport): string[] {
  return report.testResults.flatMap((file) => {
    const skipped = file.assertionResults.filter(({ status }) => SKIPPED_STATUSES.includes(status));
    const path = relative(REPOSITORY_ROOT, file.name);
    return skipped.length === 0
      ? []
      : [`${path}: ${skipped.length} of ${file.assertionResults.length} tests`];
  });
}
