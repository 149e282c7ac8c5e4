import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { runCommand } from '../test-all/run-command.ts';
import { installPackage } from './install-package.ts';

const NAME = 'needs-lmdb';

let folder = '';
let project = '';
let tarball = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'install-'));
  project = join(folder, 'project');
  await mkdir(project);
  const packed = { name: NAME, version: '1.0.0', dependencies: { lmdb: '*' } };
  await writeFile(join(folder, 'package.json'), JSON.stringify(packed));
  const { output } = await runCommand('npm', ['pack', folder, '--pack-destination', folder, '--silent']);
  tarball = join(folder, output.trim());
  vi.stubEnv('CI', '');
  // Nobody listens there, and the cache is empty.
  vi.stubEnv('npm_config_registry', 'http://127.0.0.1:9/');
  vi.stubEnv('npm_config_cache', join(folder, 'cache'));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

it('without a registry dependencies are copied, and it is said in one line', async () => {
  const installed = await installPackage(project, tarball, NAME);
  expect(installed).toEqual({ by: 'copy', obstacle: 'npm reaches no registry (ECONNREFUSED)' });
  expect(existsSync(join(project, 'node_modules', NAME, 'package.json'))).toBe(true);
  expect(existsSync(join(project, 'node_modules', 'lmdb', 'package.json'))).toBe(true);
}, 60_000);

it('without a registry nothing is installed where nobody would notice', async () => {
  vi.stubEnv('CI', 'true');
  await expect(installPackage(project, tarball, NAME)).rejects.toMatchObject({ code: 'ERR_PACK_FAILED' });
}, 60_000);

it('what npm refuses for another reason is not copied', async () => {
  await writeFile(tarball, 'not a tarball');
  await expect(installPackage(project, tarball, NAME)).rejects.toMatchObject({ code: 'ERR_PACK_FAILED' });
}, 60_000);
