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

/** What npm says when neither its cache nor the registry has something: nobody answers. */
const UNREACHABLE =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|ERR_SOCKET_TIMEOUT|ENOTCACHED)\b/;

export interface Installation {
  readonly by: 'npm' | 'copy';
  /** Why npm could not, in one line; empty when it could. */
  readonly obstacle: string;
}

/**
 * By npm; where npm can reach neither its cache nor the registry, by copying the dependencies from this
 * repository, but not with `CI=true`.
 *
 * @param folder empty; becomes a package of its own
 * @param name of the package in the tarball
 * @throws PromontoryError ERR_PACK_FAILED (internal)
 */
export async function installPackage(folder: string, tarball: string, name: string): Promise<Installation> {
  writeFileSync(join(folder, 'package.json'), '{ "type": "module", "private": true }\n');
  const { exitCode, output } = await runCommand('npm', [...NPM_INSTALL, '--prefix', folder, tarball]);
  if (exitCode === 0) return { by: 'npm', obstacle: '' };
  const [obstacle] = UNREACHABLE.exec(output) ?? [];
  if (obstacle === undefined || process.env['CI'] === 'true') throw cannotInstall(tarball, output);
  const packageFolder = join(folder, 'node_modules', name);
  mkdirSync(packageFolder, { recursive: true });
  const unpacked = await runCommand('tar', ['-xzf', tarball, '-C', packageFolder, '--strip-components=1']);
  if (unpacked.exitCode !== 0) throw cannotInstall(tarball, `${output}${unpacked.output}`);
  copyDependencies(packageFolder, join(folder, 'node_modules'));
  return { by: 'copy', obstacle: `npm reaches no registry (${obstacle})` };
}

function cannotInstall(tarball: string, output: string): PromontoryError {
  return new PromontoryError(`cannot install ${tarball}: ${output}`, {
    code: ERR_PACK_FAILED,
    kind: 'internal',
  });
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
