import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { binary, REPOSITORY_ROOT } from '../test-all/repository.ts';
import { readmeExamples } from './readme-examples.ts';

const run = promisify(execFile);

let folder = '';

/** A folder outside the repository that sees its packages, as a program of its own would. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'readme-example-'));
  await symlink(join(REPOSITORY_ROOT, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }\n');
  const baseConfig = join(REPOSITORY_ROOT, 'tsconfig.base.json');
  await writeFile(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: baseConfig, include: ['example.ts'] }),
  );
});

afterAll(() => rm(folder, { recursive: true }));

it('the example of the README type-checks, runs, and prints what the README says', async () => {
  const readme = await readFile(join(REPOSITORY_ROOT, 'README.md'), 'utf8');
  const [example, ...others] = readmeExamples(readme);
  expect(others).toEqual([]);
  const { program, output } = example ?? { program: '', output: 'no example' };
  await writeFile(join(folder, 'example.ts'), program);
  const ran = await run(process.execPath, ['example.ts'], { cwd: folder });
  expect(ran).toEqual({ stdout: output, stderr: '' });
  const checked = await run(binary('tsc'), ['-p', folder]);
  expect(checked.stdout).toBe('');
});
