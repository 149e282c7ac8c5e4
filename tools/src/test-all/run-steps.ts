/** Runs steps in order, prints a heading, counts and what was skipped for each, and sums up. */
import type { Step } from './step.ts';

export interface RunOptions {
  readonly write: (line: string) => void;
  readonly monotonicMs: () => number;
}

/** @returns the names in `only`, in the steps' own order; all of them when it is undefined */
export function selectSteps(steps: readonly Step[], only: string | undefined): Step[] {
  if (only === undefined) return [...steps];
  const names = only.split(',').map((name) => name.trim());
  const known = steps.map((step) => step.name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new RangeError(`no step ${unknown.join(', ')}; the steps are ${known.join(', ')}`);
  }
  return steps.filter((step) => names.includes(step.name));
}

/**
 * The last line written is `N passed, N failed`.
 *
 * @returns true when nothing failed
 */
export async function runSteps(steps: readonly Step[], options: RunOptions): Promise<boolean> {
  let passed = 0;
  let failed = 0;
  for (const step of steps) {
    options.write(`== ${step.title}`);
    const startMs = options.monotonicMs();
    const result = await step.run();
    if (result.failed > 0) options.write(result.output.trimEnd());
    for (const line of result.skipped) options.write(`   skipped: ${line}`);
    const seconds = ((options.monotonicMs() - startMs) / 1000).toFixed(1);
    options.write(`   ${step.name}: ${result.passed} passed, ${result.failed} failed in ${seconds} s`);
    passed += result.passed;
    failed += result.failed;
  }
  options.write(`${passed} passed, ${failed} failed`);
  return failed === 0;
}
