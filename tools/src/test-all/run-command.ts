/** Child processes whose output is kept and shown only when it is needed. */
import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { REPOSITORY_ROOT } from './repository.ts';

export interface CommandResult {
  readonly exitCode: number;
  /** stdout and stderr as they came. */
  readonly output: string;
}

const INSTALLED_COMMANDS = join(REPOSITORY_ROOT, 'node_modules', '.bin');
/** What takes this long hangs: the longest step takes a few minutes. */
const COMMAND_TIMEOUT_MS = 900_000;

/**
 * Runs in the repository's root; never rejects: a command that cannot start has exit code 127, one that is
 * killed because it hangs has 1.
 */
export function runCommand(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: REPOSITORY_ROOT,
      env: { ...commandEnvironment(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: COMMAND_TIMEOUT_MS,
      killSignal: 'SIGKILL',
    });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', (error) => resolve({ exitCode: 127, output: error.message }));
    child.on('close', (code) => {
      resolve({ exitCode: code ?? 1, output: Buffer.concat(chunks).toString('utf8') });
    });
  });
}

/** The pinned Node comes first on PATH, however this process was started. */
function commandEnvironment(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PATH: [INSTALLED_COMMANDS, process.env['PATH'] ?? ''].join(delimiter),
    ...(process.stdout.isTTY ? {} : { NO_COLOR: '1' }),
  };
}
