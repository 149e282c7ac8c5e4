import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LAYERS } from '../../../oxlint.config.ts';
import { REPOSITORY_ROOT, workspaceFolders } from '../test-all/repository.ts';

interface PackageFile {
  readonly name: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly nx?: { readonly tags?: readonly string[] };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const TARGETS = ['test', 'lint', 'typecheck', 'bench'];
/** Lowest first. A layer imports lower ones and its own. */
const LAYER_ORDER = ['base', 'model', 'codec', 'access', 'storage', 'query', 'api', 'app', 'tools', 'bench'];
const SCOPE = '@promontory/';

function readPackage(folder: string): PackageFile {
  return JSON.parse(readFileSync(join(REPOSITORY_ROOT, folder, 'package.json'), 'utf8')) as PackageFile;
}

function layerOf(folder: string): string {
  const tags = readPackage(folder).nx?.tags ?? [];
  const layers = tags.filter((tag) => tag.startsWith('layer:'));
  expect(layers, `${folder}: one layer tag`).toHaveLength(1);
  return layers[0]?.slice('layer:'.length) ?? '';
}

const folders = workspaceFolders();
const folderOfPackage = new Map(folders.map((folder) => [readPackage(folder).name, folder]));

describe.each(folders)('%s', (folder) => {
  const content = readPackage(folder);

  it('has the targets that every workspace has', () => {
    expect(Object.keys(content.scripts ?? {})).toEqual(expect.arrayContaining(TARGETS));
  });

  it('has tags of a known layer and a type', () => {
    expect(LAYER_ORDER).toContain(layerOf(folder));
    expect(content.nx?.tags?.some((tag) => tag.startsWith('type:'))).toBe(true);
  });

  it('is in the layer table and may import only what lies lower', () => {
    const allowed = LAYERS[folder];
    expect(allowed).toBeDefined();
    const own = LAYER_ORDER.indexOf(layerOf(folder));
    for (const name of allowed ?? []) {
      const target = folderOfPackage.get(`${SCOPE}${name}`);
      expect(target, `${name} is a workspace`).toBeDefined();
      expect(LAYER_ORDER.indexOf(layerOf(target ?? '')), `${name} below ${folder}`).toBeLessThanOrEqual(own);
    }
  });

  it('declares no dependency that the layer table refuses', () => {
    const declared = Object.keys({ ...content.dependencies, ...content.devDependencies })
      .filter((name) => name.startsWith(SCOPE))
      .map((name) => name.slice(SCOPE.length));
    const allowed = Object.entries(LAYERS)
      .filter(([tableFolder]) => tableFolder === folder || tableFolder.startsWith(`${folder}/`))
      .flatMap(([, names]) => names);
    expect(declared.filter((name) => !allowed.includes(name))).toEqual([]);
  });
});

it('the layer table names only folders that exist', () => {
  const unknown = Object.keys(LAYERS).filter(
    (folder) => !folders.some((workspace) => folder === workspace || folder.startsWith(`${workspace}/`)),
  );
  expect(unknown).toEqual([]);
});
