/**
 * `npm test [-- --only a,b]`: everything that must hold, in one go, cheapest first.
 * The last line is `N passed, N failed`; the exit code is 1 when anything failed.
 */
import { parseArgs } from 'node:util';
import { errorMessage, systemClock } from '@promontory/base';
import { benchStep } from './test-all/bench-steps.ts';
import { runSteps, selectSteps } from './test-all/run-steps.ts';
import { formatStep, lintStep, typecheckStep } from './test-all/source-steps.ts';
import { conformanceStep, crashStep, endToEndStep, unitStep } from './test-all/test-steps.ts';

const STEPS = [
  formatStep,
  typecheckStep,
  lintStep,
  unitStep,
  conformanceStep,
  endToEndStep,
  crashStep,
  benchStep,
];

try {
  const { values } = parseArgs({ options: { only: { type: 'string' } } });
  const isGreen = await runSteps(selectSteps(STEPS, values.only), {
    write: (line) => console.log(line),
    monotonicMs: () => systemClock.monotonicMs(),
  });
  process.exitCode = isGreen ? 0 : 1;
} catch (error) {
  console.error(errorMessage(error));
  process.exitCode = 2;
}
