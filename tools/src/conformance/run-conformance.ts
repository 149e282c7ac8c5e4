/** Runs PromQL test scripts from files and folders and counts their evals. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { errorMessage } from '@promontory/base';
import { parseScript } from './parse-script.ts';
import { lineOfError } from './script-error.ts';
import { ScriptRunner } from './script-runner.ts';
import type { ScriptCommand } from './script.ts';

export interface ConformanceFailure {
  readonly file: string;
  readonly line: number;
  /** null when the script itself cannot be read. */
  readonly query: string | null;
  readonly reason: string;
}

export interface ConformanceReport {
  passed: number;
  readonly failures: ConformanceFailure[];
  /** Paths that were asked for and do not exist. */
  readonly absentPaths: string[];
}

/** @param paths files, or folders whose `.test` files are run in the order of their names */
export async function runConformance(paths: readonly string[]): Promise<ConformanceReport> {
  const report: ConformanceReport = { passed: 0, failures: [], absentPaths: [] };
  for (const requested of paths) {
    if (!existsSync(requested)) report.absentPaths.push(requested);
    else for (const file of scriptFiles(requested)) await runScript(file, readFileSync(file, 'utf8'), report);
  }
  return report;
}

function scriptFiles(requested: string): string[] {
  if (!statSync(requested).isDirectory()) return [requested];
  const names = readdirSync(requested).filter((name) => name.endsWith('.test'));
  return names.sort().map((name) => path.join(requested, name));
}

/** One script, with a fresh engine and no data. A script that cannot be read is one failure, and nothing of it is run. */
export async function runScript(file: string, text: string, report: ConformanceReport): Promise<void> {
  let commands: ScriptCommand[];
  try {
    commands = parseScript(text);
  } catch (error) {
    report.failures.push({ file, line: lineOfError(error) ?? 1, query: null, reason: errorMessage(error) });
    return;
  }
  const runner = new ScriptRunner();
  for (const command of commands) {
    const reason = await runner.run(command);
    if (command.kind !== 'eval') continue;
    const { line, query } = command;
    if (reason === null) report.passed++;
    else report.failures.push({ file, line, query, reason });
  }
}

/** The lines that the command prints; the last one counts. */
export function formatReport({ passed, failures, absentPaths }: ConformanceReport): string[] {
  return [
    ...absentPaths.map((absent) => `${absent} is not there: nothing of it was run`),
    ...failures.map(({ file, line, query, reason }) =>
      query === null ? `${file}:${line}: ${reason}` : `${file}:${line}: ${query}\n    ${reason}`,
    ),
    `${passed} passed, ${failures.length} failed`,
  ];
}
