/** The steps that read the sources: format, types, lint. */
import { binary, workspaceFolders } from './repository.ts';
import { runCommand } from './run-command.ts';
import { resultOfCommand, type Step, type StepResult, sumOf } from './step.ts';

const TYPECHECKS_AT_ONCE = 2;

export const formatStep: Step = {
  name: 'format',
  title: 'format (prettier)',
  run: async () =>
    resultOfCommand(await runCommand(binary('prettier'), ['--check', '--log-level', 'warn', '.'])),
};

export const lintStep: Step = {
  name: 'lint',
  title: 'lint, layer rules among them (oxlint)',
  run: async () => resultOfCommand(await runCommand(binary('oxlint'), ['--deny-warnings'])),
};

/** One count for each project. */
export const typecheckStep: Step = {
  name: 'typecheck',
  title: 'type check (tsc)',
  run: async () => {
    const waiting = workspaceFolders();
    const results: StepResult[] = [];
    const drain = async (): Promise<void> => {
      for (let folder = waiting.shift(); folder !== undefined; folder = waiting.shift()) {
        results.push(resultOfCommand(await runCommand(binary('tsc'), ['-p', folder])));
      }
    };
    await Promise.all(Array.from({ length: TYPECHECKS_AT_ONCE }, drain));
    return sumOf(results);
  },
};
