/** The files of the repository as git sees them. */
import { execFileSync } from 'node:child_process';
import { REPOSITORY_ROOT } from '../test-all/repository.ts';

/** @returns paths relative to the root: tracked, and new ones that are not ignored; deleted ones left out */
export function trackedFiles(): string[] {
  const list = (...args: string[]): string[] =>
    execFileSync('git', ['-c', 'safe.directory=*', 'ls-files', '-z', ...args], {
      cwd: REPOSITORY_ROOT,
      encoding: 'utf8',
    })
      .split('\0')
      .filter((path) => path !== '');
  const deleted = new Set(list('--deleted'));
  return list('--cached', '--others', '--exclude-standard').filter((path) => !deleted.has(path));
}
