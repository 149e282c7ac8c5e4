/**
 * `npm run dev [-- flags]`: the server on a temporary data directory that is removed at the end, with an
 * access key ready to paste. Flags are passed on.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REPOSITORY_ROOT } from './test-all/repository.ts';

const dataFolder = mkdtempSync(join(tmpdir(), 'promontory-dev-'));
const accessKey = `dev:${randomBytes(12).toString('hex')}`;
console.log(`data directory ${dataFolder} (removed at the end)\naccess key     ${accessKey}`);

const server = spawn(
  process.execPath,
  [
    join(REPOSITORY_ROOT, 'apps/ingest/src/main.ts'),
    '--data-dir',
    dataFolder,
    '--bootstrap-access-key',
    accessKey,
    ...process.argv.slice(2),
  ],
  { stdio: 'inherit' },
);
// The terminal signals the whole group: the server ends by itself and this process waits for it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => server.kill(signal));
server.on('close', (code) => {
  rmSync(dataFolder, { recursive: true, force: true });
  process.exitCode = code ?? 1;
});
