/** Where things are in this repository. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Absolute path of the repository's root folder. */
export const REPOSITORY_ROOT = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

interface RootPackage {
  readonly workspaces: readonly string[];
}

/** Folders of all workspaces, relative to the root, sorted; `packages/*` is expanded. */
export function workspaceFolders(root = REPOSITORY_ROOT): string[] {
  const { workspaces } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as RootPackage;
  const folders = workspaces.flatMap((pattern) => {
    if (!pattern.endsWith('/*')) return [pattern];
    const parent = pattern.slice(0, -2);
    return readdirSync(join(root, parent)).map((name) => `${parent}/${name}`);
  });
  return folders
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .toSorted((left, right) => left.localeCompare(right));
}

/** Absolute path of a command that the dependencies installed. */
export function binary(name: string): string {
  return join(REPOSITORY_ROOT, 'node_modules', '.bin', name);
}
