/** The server as a command that ends by itself: exit code, stdout, stderr. */
import { execFile } from 'node:child_process';
import { MAIN } from './test-server.ts';

const TIMEOUT_MS = 15_000;

export interface ProcessEnd {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function runToEnd(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<ProcessEnd> {
  const options = { timeout: TIMEOUT_MS, env: { ...process.env, ...environment } };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [MAIN, ...args], options, (_error, stdout, stderr) =>
      resolve({ exitCode: child.exitCode, stdout, stderr }),
    );
  });
}
