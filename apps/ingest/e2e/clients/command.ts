/** A program that is run to its end. */
import { execFile } from 'node:child_process';

const TIMEOUT_MS = 30_000;
const OUTPUT_BYTES_MAX = 16 << 20;

export interface CommandOutcome {
  /** Null when it was killed. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function runCommand(command: string, args: readonly string[], input = ''): Promise<CommandOutcome> {
  return new Promise((resolve) => {
    const options = { timeout: TIMEOUT_MS, maxBuffer: OUTPUT_BYTES_MAX };
    const child = execFile(command, args, options, (_error, stdout, stderr) =>
      resolve({ exitCode: child.exitCode, stdout, stderr }),
    );
    child.stdin?.end(input);
  });
}
