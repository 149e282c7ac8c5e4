/** Runs a program under `strace`, where that is possible. */
import { spawnSync } from 'node:child_process';

/**
 * Whether a test file can trace. Where it cannot, that is said in one line, and with `CI=true` it is an error.
 *
 * @param what is left out
 */
export function canTrace(what: string): boolean {
  const obstacle = whyNoStrace();
  if (obstacle === null) return true;
  if (process.env['CI'] === 'true') throw new Error(obstacle);
  process.stderr.write(`skipped: ${what}: ${obstacle}\n`);
  return false;
}

/** Null when it works, else why it does not: not installed, or tracing is not allowed here. */
function whyNoStrace(): string | null {
  const probe = spawnSync('strace', ['-e', 'trace=none', process.execPath, '--version'], {
    encoding: 'utf8',
  });
  if (probe.error !== undefined) return `strace does not start: ${probe.error.message}`;
  return probe.status === 0 ? null : `strace fails: ${probe.stderr.trim()}`;
}

export interface TracedRun {
  readonly exitCode: number | null;
  readonly output: string;
}

/** Runs this Node with the arguments under strace and waits for its end. */
export function runTraced(straceArguments: readonly string[], nodeArguments: readonly string[]): TracedRun {
  const run = spawnSync('strace', [...straceArguments, process.execPath, ...nodeArguments], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 120_000,
  });
  if (run.error !== undefined) throw run.error;
  return { exitCode: run.status, output: run.stdout };
}
