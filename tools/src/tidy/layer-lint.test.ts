import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { binary, REPOSITORY_ROOT } from '../test-all/repository.ts';

/** Each file imports one thing. */
const CASES: readonly (readonly [verdict: 'refused' | 'allowed', file: string, specifier: string])[] = [
  ['allowed', 'packages/tsdb/src/ok.ts', '@promontory/model'],
  ['refused', 'packages/base/src/up.ts', '@promontory/model'],
  ['refused', 'packages/promql/src/across.ts', '@promontory/tsdb'],
  ['refused', 'packages/tsdb/src/across.ts', '@promontory/promql'],
  ['refused', 'packages/tsdb/src/deep-module.ts', '@promontory/promql/anything'],
  ['refused', 'packages/http-api/src/storage.ts', '@promontory/tsdb'],
  ['refused', 'packages/model/src/app.ts', '@promontory/ingest'],
  ['refused', 'packages/wire/src/deep.ts', '@promontory/model/src/labels.ts'],
  ['refused', 'packages/wire/src/relative.ts', '../../model/src/labels.ts'],
  ['refused', 'packages/wire/src/proto/relative.ts', '../../../model/src/labels.ts'],
  ['refused', 'packages/wire/src/relative-round.ts', '../../../packages/model/src/labels.ts'],
  ['refused', 'apps/ingest/src/http/relative.ts', '../../../../packages/tsdb/src/index.ts'],
  ['refused', 'tools/src/relative.ts', '../../bench/src/index.ts'],
  ['refused', 'tools/src/tidy/relative.ts', '../../../bench/src/index.ts'],
  ['refused', 'bench/src/relative.ts', '../../apps/ingest/test/write-body.ts'],
  ['allowed', 'packages/promql/src/operators/near.ts', '../evaluate/time-grid.ts'],
  ['allowed', 'apps/ingest/test/near.ts', '../src/error-codes.ts'],
  ['refused', 'tools/src/bench.ts', '@promontory/bench'],
  ['allowed', 'bench/src/peers.ts', '@promontory/tools'],
  ['refused', 'apps/ingest/src/peers.ts', '@promontory/tools'],
  ['allowed', 'apps/ingest/e2e/peers.ts', '@promontory/tools'],
  ['allowed', 'packages/wire/src/snappy.ts', 'snappy'],
  ['refused', 'packages/wire/src/other.ts', 'snappy'],
  ['allowed', 'packages/wire/src/proto/schema.ts', 'protobufjs'],
  ['refused', 'packages/wire/src/proto.ts', 'protobufjs'],
  ['allowed', 'packages/otlp/src/proto/schema.ts', 'protobufjs'],
  ['refused', 'packages/otlp/src/json/schema.ts', 'protobufjs'],
  ['refused', 'packages/otlp/src/across.ts', '@promontory/wire'],
  ['allowed', 'apps/ingest/src/otlp.ts', '@promontory/otlp'],
  ['refused', 'packages/wire/src/proto-light.ts', 'protobufjs/light.js'],
  ['allowed', 'packages/tsdb/src/store/open.ts', 'lmdb'],
  ['refused', 'packages/tsdb/src/open.ts', 'lmdb'],
  ['allowed', 'apps/ingest/src/http/server.ts', 'uWebSockets.js'],
  ['refused', 'apps/ingest/src/server.ts', 'uWebSockets.js'],
  ['refused', 'apps/ingest/src/http/pool.ts', 'piscina'],
  ['refused', 'packages/http-api/src/server.ts', 'uWebSockets.js'],
  ['allowed', 'bench/src/load.ts', 'autocannon'],
];

interface Diagnostics {
  readonly diagnostics: readonly { readonly code: string; readonly filename: string }[];
}

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'promontory-lint-'));
  copyFileSync(join(REPOSITORY_ROOT, 'oxlint.config.ts'), join(folder, 'oxlint.config.ts'));
  symlinkSync(join(REPOSITORY_ROOT, 'node_modules'), join(folder, 'node_modules'));
  for (const [, file, specifier] of CASES) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), `export * from '${specifier}';\n`);
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function refusedFiles(): string[] {
  let output = '';
  try {
    output = execFileSync(binary('oxlint'), ['--format', 'json', 'apps', 'bench', 'packages', 'tools'], {
      cwd: folder,
      encoding: 'utf8',
    });
  } catch (error) {
    output = (error as { stdout: string }).stdout;
  }
  const { diagnostics } = JSON.parse(output) as Diagnostics;
  return diagnostics
    .filter(({ code }) => code.includes('no-restricted-imports'))
    .map(({ filename }) => filename)
    .toSorted((left, right) => left.localeCompare(right));
}

it.each(CASES.filter(([, , specifier]) => specifier.startsWith('.')))(
  '%s: %s imports a file that exists: %s',
  (_verdict, file, specifier) => {
    expect(existsSync(join(REPOSITORY_ROOT, dirname(file), specifier))).toBe(true);
  },
);

it('lint refuses every import that breaks a layer or bypasses the owner of a native part, and no other', () => {
  const expected = CASES.filter(([verdict]) => verdict === 'refused')
    .map(([, file]) => file)
    .toSorted((left, right) => left.localeCompare(right));
  expect(refusedFiles()).toEqual(expected);
});
