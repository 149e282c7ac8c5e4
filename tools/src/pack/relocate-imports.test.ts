import { expect, it } from 'vitest';
import { relocateImports } from './relocate-imports.ts';

const ENTRIES = new Map([
  ['@promontory/base', 'base/index.js'],
  ['@promontory/model', 'model/index.js'],
]);

it.each([
  [`import { a } from '@promontory/base';`, `import { a } from '../../base/index.js';`],
  [`export type { B } from "@promontory/model";`, `export type { B } from "../../model/index.js";`],
  [`let c: import("@promontory/model").C;`, `let c: import("../../model/index.js").C;`],
  [`import type { D } from './d.ts';`, `import type { D } from './d.js';`],
  [`export * as e from '../e.js';`, `export * as e from '../e.js';`],
  [`import { open } from 'lmdb';`, `import { open } from 'lmdb';`],
  [`import { f } from '@promontory/other';`, `import { f } from '@promontory/other';`],
  [`throw new Error("cannot read 'x.ts'");`, `throw new Error("cannot read 'x.ts'");`],
])('%s', (text, expected) => {
  expect(relocateImports(text, 'tsdb/store/file.js', ENTRIES)).toBe(expected);
});

it('names a file in the same folder with a dot', () => {
  expect(relocateImports(`from '@promontory/base'`, 'base/file.js', ENTRIES)).toBe(`from './index.js'`);
});
