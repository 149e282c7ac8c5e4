/** The steps that run tests: unit and property, crashes, conformance, end to end. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { errorMessage } from '@promontory/base';
import { installPeers } from '../peers/install-peers.ts';
import { defaultPeersFolder } from '../peers/peers.ts';
import { REPOSITORY_ROOT } from './repository.ts';
import { type CommandResult, runCommand } from './run-command.ts';
import { resultOfCommand, type Step, type StepResult, sumOf } from './step.ts';
import { runVitest } from './vitest-run.ts';

/** Prometheus's own scripts, when they lie beside the repository. */
const UPSTREAM_SCRIPTS = '../shared/conformance/promqltest';
const OWN_SCRIPTS = 'packages/promql/conformance';
const CONFORMANCE_COUNTS = /^(\d+) passed, (\d+) failed$/;

export const unitStep: Step = {
  name: 'unit',
  title: 'unit, property and repository tests (vitest)',
  run: () => runVitest([]),
};

export const crashStep: Step = {
  name: 'crash',
  title: 'kills, power loss, damage and full disks (vitest)',
  run: () => runVitest(['--config', 'vitest.crash.config.ts']),
};

export const conformanceStep: Step = {
  name: 'conformance',
  title: 'PromQL conformance',
  run: async () => {
    const hasUpstream = existsSync(join(REPOSITORY_ROOT, UPSTREAM_SCRIPTS));
    const folders = hasUpstream ? [OWN_SCRIPTS, UPSTREAM_SCRIPTS] : [OWN_SCRIPTS];
    const result = conformanceResult(
      await runCommand(process.execPath, ['tools/src/conformance/main.ts', ...folders]),
    );
    if (hasUpstream) return result;
    return { ...result, skipped: [...result.skipped, `${UPSTREAM_SCRIPTS}: not there`] };
  },
};

/** Reads the last counts that the runner printed; a run that evaluated nothing has failed. */
export function conformanceResult(command: CommandResult): StepResult {
  const counts = CONFORMANCE_COUNTS.exec(command.output.trimEnd().split('\n').at(-1) ?? '');
  if (counts === null) return { ...resultOfCommand(command), passed: 0, failed: 1 };
  const [passed = 0, failed = 0] = counts.slice(1).map(Number);
  return {
    passed,
    failed: failed === 0 && (command.exitCode !== 0 || passed === 0) ? 1 : failed,
    skipped: [],
    output: command.output,
  };
}

export const endToEndStep: Step = {
  name: 'e2e',
  title: 'end to end, with real peers (vitest)',
  run: async () => {
    const peers = await peersResult();
    return sumOf([peers, await runVitest(['--config', 'vitest.e2e.config.ts'])]);
  },
};

/** Missing peers are fetched; when that fails it is a failure in CI and one skipped line elsewhere. */
async function peersResult(): Promise<StepResult> {
  try {
    await installPeers(defaultPeersFolder());
    return { passed: 0, failed: 0, skipped: [], output: '' };
  } catch (error) {
    const why = errorMessage(error);
    if (process.env['CI'] === 'true') return { passed: 0, failed: 1, skipped: [], output: why };
    return { passed: 0, failed: 0, skipped: [`tests with real peers: ${why}`], output: '' };
  }
}
