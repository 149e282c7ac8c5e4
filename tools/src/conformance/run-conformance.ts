/** Runs PromQL test scripts from files and folders and counts their evals. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { errorMessage } from '@promontory/base';
import { parseScript } from './parse-script.ts';
import { ScriptRunner } from './script-runner.ts';
import type { ScriptCommand } from './script.ts';

export interface ConformanceFailure {
  readonly file: string;
  readonly line: number;
  readonly query: string;
  readonly reason: string;
}

export interface ConformanceReport {
  passed: number;
  skipped: number;
  readonly failures: ConformanceFailure[];
  /** Part of the language or of the data that is not there → evals that needed it. */
  readonly skippedParts: Map<string, number>;
  /** Paths that were asked for and do not exist. */
  readonly absentPaths: string[];
}

/** @param paths files, or folders whose `.test` files are run in the order of their names */
export async function runConformance(paths: readonly string[]): Promise<ConformanceReport> {
  const report: ConformanceReport = {
    passed: 0,
    skipped: 0,
    failures: [],
    skippedParts: new Map(),
    absentPaths: [],
  };
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

/** One script, with a fresh engine and no data. A script that cannot be read is one failure. */
export async function runScript(file: string, text: string, report: ConformanceReport): Promise<void> {
  let commands: ScriptCommand[];
  try {
    commands = parseScript(text);
  } catch (error) {
    report.failures.push({ file, line: 1, query: '', reason: errorMessage(error) });
    return;
  }
  const runner = new ScriptRunner();
  for (const command of commands) {
    const outcome = await runner.run(command);
    if (outcome === null || command.kind !== 'eval') continue;
    if (outcome.kind === 'passed') report.passed++;
    else if (outcome.kind === 'failed') {
      report.failures.push({ file, line: command.line, query: command.query, reason: outcome.reason });
    } else {
      report.skipped++;
      report.skippedParts.set(outcome.part, (report.skippedParts.get(outcome.part) ?? 0) + 1);
    }
  }
}

/** The lines that the command prints; the last one counts. */
export function formatReport(report: ConformanceReport): string[] {
  const lines = report.absentPaths.map((absent) => `${absent} is not there: nothing of it was run`);
  for (const { file, line, query, reason } of report.failures) {
    lines.push(`${file}:${line}: ${query}\n    ${reason}`);
  }
  const parts = [...report.skippedParts].sort((left, right) => right[1] - left[1]);
  if (parts.length > 0) {
    lines.push(`skipped, not supported: ${parts.map(([part, count]) => `${part} (${count})`).join(', ')}`);
  }
  lines.push(`${report.passed} passed, ${report.failures.length} failed, ${report.skipped} skipped`);
  return lines;
}
