/** package.json files of workspaces, and the one that a packed package gets. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY_ROOT } from '../test-all/repository.ts';

export interface PackageFile {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly engines?: Readonly<Record<string, string>>;
  readonly keywords?: readonly string[];
  /** Subpath → source file, such as `./src/index.ts`. */
  readonly exports: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, object>>;
}

/** A workspace under `packages/` that becomes a folder of the packed tree. */
export interface PackedWorkspace {
  /** Of its folder in `packages/`, and in the tree. */
  readonly folderName: string;
  readonly content: PackageFile;
}

const SCOPE = '@promontory/';
const PACKAGES = 'packages';

/**
 * The workspace and those that it depends on, directly or not, itself first.
 *
 * @param folder relative to the repository's root, such as `packages/tsdb`
 */
export function workspaceClosure(folder: string): PackedWorkspace[] {
  const closure = [readWorkspace(folder.slice(PACKAGES.length + 1))];
  for (const { content } of closure) {
    for (const name of Object.keys(content.dependencies ?? {})) {
      const isNew = !closure.some((known) => known.content.name === name);
      if (name.startsWith(SCOPE) && isNew) closure.push(readWorkspace(name.slice(SCOPE.length)));
    }
  }
  return closure;
}

/** `./src/index.ts` → `index`: the name of an entry within its folder of the tree, without extension. */
export function entryName(sourcePath: string): string {
  return sourcePath.replace(/^\.\/src\//, '').replace(/\.ts$/, '');
}

/** What npm reads: entries are built files, dependencies are those of all that is carried inside. */
export function packedPackageFile(closure: readonly PackedWorkspace[]): object {
  const [own] = closure;
  if (own === undefined) return {};
  const { name, version, description, license, keywords, engines, exports } = own.content;
  const { peerDependencies, peerDependenciesMeta } = own.content;
  const subpaths = Object.entries(exports).map(([subpath, sourcePath]) => {
    const built = `./dist/${own.folderName}/${entryName(sourcePath)}`;
    return [subpath, { types: `${built}.d.ts`, default: `${built}.js` }];
  });
  return {
    name,
    version,
    description,
    license,
    keywords,
    type: 'module',
    engines,
    exports: Object.fromEntries(subpaths) as object,
    files: ['dist'],
    sideEffects: false,
    dependencies: outsideDependencies(closure),
    peerDependencies,
    peerDependenciesMeta,
  };
}

function outsideDependencies(closure: readonly PackedWorkspace[]): Record<string, string> {
  const entries = closure.flatMap(({ content }) => Object.entries(content.dependencies ?? {}));
  const outside = entries.filter(([name]) => !name.startsWith(SCOPE));
  return Object.fromEntries(outside.sort(([left], [right]) => left.localeCompare(right)));
}

function readWorkspace(folderName: string): PackedWorkspace {
  const path = join(REPOSITORY_ROOT, PACKAGES, folderName, 'package.json');
  return { folderName, content: JSON.parse(readFileSync(path, 'utf8')) as PackageFile };
}
