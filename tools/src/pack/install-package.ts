/** Puts a tarball and what it depends on into an empty folder, as its user would. */
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PromontoryError } from '@promontory/base';
import { ERR_PACK_FAILED } from '../error-codes.ts';
import { REPOSITORY_ROOT } from '../test-all/repository.ts';
import { runCommand } from '../test-all/run-command.ts';

const NPM_INSTALL = [
  'install',
  '--prefer-offline',
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
  '--fetch-retries=0',
  '--fetch-timeout=20000',
];

interface Dependencies {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/**
 * By npm; where npm can reach neither its cache nor the registry, by copying the dependencies from this
 * repository.
 *
 * @param folder empty; becomes a package of its own
 * @param name of the package in the tarball
 * @returns how: 'npm', or 'copy' with what npm said
 * @throws PromontoryError ERR_PACK_FAILED (internal)
 */
export async function installPackage(
  folder: string,
  tarball: string,
  name: string,
): Promise<{ readonly by: 'npm' | 'copy'; readonly output: string }> {
  writeFileSync(join(folder, 'package.json'), '{ "type": "module", "private": true }\n');
  const { exitCode, output } = await runCommand('npm', [...NPM_INSTALL, '--prefix', folder, tarball]);
  if (exitCode === 0) return { by: 'npm', output };
  const packageFolder = join(folder, 'node_modules', name);
  mkdirSync(packageFolder, { recursive: true });
  const unpacked = await runCommand('tar', ['-xzf', tarball, '-C', packageFolder, '--strip-components=1']);
  if (unpacked.exitCode !== 0) {
    throw new PromontoryError(`cannot install ${tarball}: ${output}${unpacked.output}`, {
      code: ERR_PACK_FAILED,
      kind: 'internal',
    });
  }
  copyDependencies(packageFolder, join(folder, 'node_modules'));
  return { by: 'copy', output };
}

function copyDependencies(packageFolder: string, targetModules: string): void {
  const text = readFileSync(join(packageFolder, 'package.json'), 'utf8');
  const { dependencies, optionalDependencies } = JSON.parse(text) as Dependencies;
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    const source = join(REPOSITORY_ROOT, 'node_modules', name);
    const target = join(targetModules, name);
    if (!existsSync(source) || existsSync(target)) continue;
    cpSync(source, target, { recursive: true });
    copyDependencies(source, targetModules);
  }
}
