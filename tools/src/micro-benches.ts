/** The micro-benchmarks of a package: `src/**\/*.bench.ts`, plain programs, each run in a process of its own. */
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY_ROOT } from './test-all/repository.ts';
import { type CommandResult, runCommand } from './test-all/run-command.ts';

/** @returns paths relative to the root, sorted */
export function findMicroBenches(folder: string): string[] {
  return globSync('src/**/*.bench.ts', { cwd: join(REPOSITORY_ROOT, folder) })
    .map((file) => join(folder, file))
    .toSorted((left, right) => left.localeCompare(right));
}

/** In smoke size a bench finds `PROMONTORY_BENCH_SMOKE=1` in its environment and may do less. */
export function runMicroBench(file: string, options: { readonly isSmoke: boolean }): Promise<CommandResult> {
  return runCommand(process.execPath, [file], options.isSmoke ? { PROMONTORY_BENCH_SMOKE: '1' } : {});
}
