/** packages/tsdb as npm gives it to others: packed, installed into an empty folder, compiled against, run. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ReadmeExample, readmeExamples } from '../tidy/readme-examples.ts';
import { binary, REPOSITORY_ROOT } from '../test-all/repository.ts';
import { installPackage } from './install-package.ts';
import { packPackage } from './pack-package.ts';

const FOLDER = 'packages/tsdb';
const NAME = '@promontory/tsdb';
const run = promisify(execFile);

/** In the order of the README: one thread, several threads. */
const PROGRAMS = ['example.ts', 'threads.ts'];

let folder = '';
let project = '';
let readme = '';
let examples: readonly ReadmeExample[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'packed-tsdb-'));
  project = await mkdtemp(join(tmpdir(), 'packed-tsdb-user-'));
  const tarball = await packPackage(FOLDER, folder);
  const { by, obstacle } = await installPackage(project, tarball, NAME);
  if (by === 'copy') console.warn(`${obstacle}: dependencies are copied from this repository`);
  readme = await readFile(join(project, 'node_modules', NAME, 'README.md'), 'utf8');
  examples = readmeExamples(readme);
  for (const [index, { program }] of examples.entries())
    await writeFile(join(project, PROGRAMS[index] ?? ''), program);
}, 120_000);

afterAll(async () => {
  await rm(folder, { recursive: true });
  await rm(project, { recursive: true });
});

describe('the tarball', () => {
  it('says what npm needs to know, and nothing of this repository', async () => {
    const own = JSON.parse(await readFile(join(REPOSITORY_ROOT, FOLDER, 'package.json'), 'utf8')) as {
      readonly engines: object;
      readonly dependencies: Readonly<Record<string, string>>;
    };
    const text = await readFile(join(project, 'node_modules', NAME, 'package.json'), 'utf8');
    const packed = JSON.parse(text) as { readonly dependencies: Readonly<Record<string, string>> };
    expect(packed).toMatchObject({ name: NAME, license: 'Apache-2.0', type: 'module', engines: own.engines });
    expect(Object.keys(packed.dependencies)).toEqual(['lmdb', 're2js']);
    expect(packed.dependencies['lmdb']).toBe(own.dependencies['lmdb']);
    expect(packed).not.toHaveProperty('private');
    expect(packed).not.toHaveProperty('scripts');
  });

  it('holds code and types of the three packages, the README and the licence, and nothing else', async () => {
    const root = join(project, 'node_modules', NAME);
    expect((await readdir(root)).sort()).toEqual(['LICENSE', 'README.md', 'dist', 'package.json']);
    expect((await readdir(join(root, 'dist'))).sort()).toEqual(['base', 'model', 'tsdb']);
    const files = (await readdir(join(root, 'dist'), { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => entry.name);
    expect(files.filter((name) => !/^[\w-]+(\.js|\.d\.ts)$/.test(name))).toEqual([]);
    expect(files.filter((name) => /test|bench|fuzz|golden/.test(name))).toEqual([]);
    expect(files).toContain('open-tsdb.js');
  });

  it('has a README without links into the repository', () => {
    expect(readme).not.toMatch(/\]\((?!https?:|#)/);
  });
});

describe('a program that installed it', () => {
  it.each([
    ['nodenext', 'nodenext'],
    ['bundler', 'esnext'],
  ])(
    'type-checks with moduleResolution %s, declarations included',
    async (moduleResolution, module) => {
      const config = {
        compilerOptions: {
          target: 'es2024',
          module,
          moduleResolution,
          strict: true,
          exactOptionalPropertyTypes: true,
          skipLibCheck: false,
          types: ['node'],
          typeRoots: [join(REPOSITORY_ROOT, 'node_modules', '@types')],
          noEmit: true,
        },
        files: PROGRAMS,
      };
      const path = join(project, `tsconfig.${moduleResolution}.json`);
      await writeFile(path, JSON.stringify(config));
      const checked = await run(binary('tsc'), ['-p', path]).catch((error: unknown) => error);
      expect(checked).toMatchObject({ stdout: '', stderr: '' });
    },
    60_000,
  );

  it.each(PROGRAMS)('prints what the README says: %s', async (program) => {
    expect(examples).toHaveLength(PROGRAMS.length);
    await rm(join(project, 'metrics'), { recursive: true, force: true });
    const ran = await run(binary('node'), [program], { cwd: project });
    expect(ran).toEqual({ stdout: examples[PROGRAMS.indexOf(program)]?.output, stderr: '' });
  });
});
