/** One step of `npm test`. */
import { type CommandResult } from './run-command.ts';

export interface StepResult {
  readonly passed: number;
  readonly failed: number;
  /** One line for each thing that was left out, with the reason. */
  readonly skipped: readonly string[];
  /** Shown when something failed. */
  readonly output: string;
}

export interface Step {
  /** As `--only` names it. */
  readonly name: string;
  readonly title: string;
  run(): Promise<StepResult>;
}

/** A command without counts of its own counts as one. */
export function resultOfCommand({ exitCode, output }: CommandResult): StepResult {
  return { passed: exitCode === 0 ? 1 : 0, failed: exitCode === 0 ? 0 : 1, skipped: [], output };
}

export function sumOf(results: readonly StepResult[]): StepResult {
  return {
    passed: results.reduce((sum, result) => sum + result.passed, 0),
    failed: results.reduce((sum, result) => sum + result.failed, 0),
    skipped: results.flatMap((result) => result.skipped),
    output: results
      .filter((result) => result.failed > 0)
      .map((result) => result.output)
      .join('\n'),
  };
}
