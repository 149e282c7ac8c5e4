/**
 * Makes an npm package of a workspace: one tarball that holds JavaScript and types of the workspace and of every
 * workspace that it depends on, side by side in one tree, so that installing needs nothing else of this
 * repository.
 *
 *   <target>/tsconfig.json            how the tree is compiled
 *   <target>/package/package.json, README.md, LICENSE
 *   <target>/package/dist/<workspace>/…
 *   <target>/<name>-<version>.tgz
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PromontoryError } from '@promontory/base';
import { ERR_PACK_FAILED } from '../error-codes.ts';
import { REPOSITORY_ROOT } from '../test-all/repository.ts';
import { runCommand } from '../test-all/run-command.ts';
import { entryName, packedPackageFile, type PackedWorkspace, workspaceClosure } from './package-file.ts';
import { relocateImports } from './relocate-imports.ts';
import { withoutOutsideLinks } from './without-outside-links.ts';

const EMITTED = /\.(js|d\.ts)$/;

/**
 * @param folder of the workspace, relative to the repository's root
 * @param target where it all goes; what is there is deleted
 * @returns the path of the tarball
 * @throws PromontoryError ERR_PACK_FAILED (internal)
 */
export async function packPackage(folder: string, target: string): Promise<string> {
  const closure = workspaceClosure(folder);
  const packageFolder = join(target, 'package');
  rmSync(target, { recursive: true, force: true });
  mkdirSync(packageFolder, { recursive: true });
  await compile(closure, target, join(packageFolder, 'dist'));
  relocateTree(closure, join(packageFolder, 'dist'));
  writeJson(join(packageFolder, 'package.json'), packedPackageFile(closure));
  const readme = readFileSync(join(REPOSITORY_ROOT, folder, 'README.md'), 'utf8');
  writeFileSync(join(packageFolder, 'README.md'), withoutOutsideLinks(readme));
  cpSync(join(REPOSITORY_ROOT, 'LICENSE'), join(packageFolder, 'LICENSE'));
  const output = await mustRun('npm', ['pack', packageFolder, '--pack-destination', target, '--silent']);
  return join(target, output.trim().split('\n').at(-1) ?? '');
}

async function compile(
  closure: readonly PackedWorkspace[],
  target: string,
  outputFolder: string,
): Promise<void> {
  const configPath = join(target, 'tsconfig.json');
  const entryPath = (folderName: string, sourcePath: string): string =>
    join(REPOSITORY_ROOT, 'packages', folderName, sourcePath);
  const [own] = closure;
  const entries = closure.map(({ folderName, content }) => {
    return [content.name, [entryPath(folderName, content.exports['.'] ?? '')]];
  });
  writeJson(configPath, {
    extends: join(REPOSITORY_ROOT, 'tsconfig.base.json'),
    compilerOptions: {
      noEmit: false,
      declaration: true,
      // Members marked @internal would make the types reach those of dependencies.
      stripInternal: true,
      // Types are erased and nothing else is changed, as where the sources run.
      target: 'esnext',
      allowImportingTsExtensions: false,
      rewriteRelativeImportExtensions: true,
      rootDir: join(REPOSITORY_ROOT, 'packages'),
      outDir: outputFolder,
      typeRoots: [join(REPOSITORY_ROOT, 'node_modules', '@types')],
      // Else what is found through node_modules counts as somebody else's, and is not emitted.
      paths: Object.fromEntries(entries) as object,
    },
    files: Object.values(own?.content.exports ?? {}).map((path) => entryPath(own?.folderName ?? '', path)),
  });
  await mustRun('tsc', ['-p', configPath]);
}

/** `dist/tsdb/src/…` becomes `dist/tsdb/…`, and imports name what lies beside. */
function relocateTree(closure: readonly PackedWorkspace[], distFolder: string): void {
  const entryOfPackage = new Map<string, string>();
  for (const { folderName, content } of closure) {
    for (const [subpath, sourcePath] of Object.entries(content.exports))
      entryOfPackage.set(join(content.name, subpath), `${folderName}/${entryName(sourcePath)}.js`);
    const moving = join(distFolder, `${folderName}.moving`);
    renameSync(join(distFolder, folderName, 'src'), moving);
    rmSync(join(distFolder, folderName), { recursive: true });
    renameSync(moving, join(distFolder, folderName));
  }
  for (const path of readdirSync(distFolder, { recursive: true, encoding: 'utf8' })) {
    if (!EMITTED.test(path)) continue;
    const file = join(distFolder, path);
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, relocateImports(text, path.replaceAll('\\', '/'), entryOfPackage));
  }
}

async function mustRun(command: string, args: readonly string[]): Promise<string> {
  const { exitCode, output } = await runCommand(command, args);
  if (exitCode === 0) return output;
  throw new PromontoryError(`cannot pack: ${command} ended with ${exitCode}: ${output}`, {
    code: ERR_PACK_FAILED,
    kind: 'internal',
    context: { exitCode },
  });
}

function writeJson(path: string, content: object): void {
  writeFileSync(path, `${JSON.stringify(content, null, 2)}\n`);
}
