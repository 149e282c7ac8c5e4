/** The benchmarks in smoke size: they must run and give the right results, their times do not matter here. */
import { findMicroBenches, runMicroBench } from '../micro-benches.ts';
import { workspaceFolders } from './repository.ts';
import { runCommand } from './run-command.ts';
import { resultOfCommand, type Step, type StepResult, sumOf } from './step.ts';

export const benchStep: Step = {
  name: 'bench',
  title: 'benchmarks in smoke size',
  run: async () => {
    const results: StepResult[] = [];
    for (const folder of workspaceFolders()) {
      for (const file of findMicroBenches(folder)) {
        results.push(resultOfCommand(await runMicroBench(file, { isSmoke: true })));
      }
    }
    results.push(resultOfCommand(await runCommand(process.execPath, ['bench/src/main.ts', '--smoke'])));
    return sumOf(results);
  },
};
