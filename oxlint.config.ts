/**
 * Lint rules. The layer table below is the architecture: who may import whom, and which single place may
 * touch each native part. A pair that is not listed is refused.
 */
import { defineConfig, type OxlintConfig } from 'oxlint';

type Override = NonNullable<OxlintConfig['overrides']>[number];

/** folder → packages of this repository that it may import */
export const LAYERS: Readonly<Record<string, readonly string[]>> = {
  'packages/base': [],
  'packages/model': ['base'],
  'packages/wire': ['base', 'model'],
  'packages/otlp': ['base', 'model'],
  'packages/access': ['base'],
  'packages/tsdb': ['base', 'model'],
  'packages/promql': ['base', 'model'],
  'packages/http-api': ['base', 'model', 'wire', 'promql'],
  'apps/ingest': ['base', 'model', 'wire', 'otlp', 'access', 'tsdb', 'promql', 'http-api'],
  'apps/ingest/e2e': ['base', 'model', 'wire', 'tsdb', 'tools'],
  'apps/ingest/test': ['base', 'model', 'wire', 'tsdb', 'tools'],
  bench: ['base', 'model', 'wire', 'tsdb', 'promql', 'tools'],
  tools: ['base', 'model', 'promql'],
};

/** part → the folders or files that may import it */
const PART_OWNERS: Readonly<Record<string, readonly string[]>> = {
  'uWebSockets.js': ['apps/ingest/src/http/**'],
  piscina: ['apps/ingest/src/pools/**'],
  lmdb: ['packages/tsdb/src/store/**'],
  snappy: ['packages/wire/src/snappy.ts'],
  protobufjs: ['packages/wire/src/proto/**', 'packages/otlp/src/proto/**'],
  re2js: ['packages/model/src/label-regex.ts'],
  autocannon: ['bench/src/**'],
  'prom-client': ['apps/ingest/src/metrics/**'],
  pino: ['apps/ingest/src/logger.ts'],
};

const PACKAGES = [
  'base',
  'model',
  'wire',
  'otlp',
  'access',
  'tsdb',
  'promql',
  'http-api',
  'tools',
  'bench',
  'ingest',
];
const NO_DEEP_IMPORT = { regex: '^@promontory/[^/]+/src', message: 'Import what the package exports.' };
/** Up to the top and down again, or up to a neighbour and into its sources. */
const NO_FOREIGN_RELATIVE = {
  regex: '^(\\.\\./)+((packages|apps|bench|tools|node_modules)/|([\\w-]+/)+(src|test|e2e)/)',
  message: 'Import another package by its name.',
};

function restrictions(folder: string, allowedPackages: readonly string[], file?: string): object {
  const refusedPackages = PACKAGES.filter((name) => !allowedPackages.includes(name));
  const refusedParts = Object.entries(PART_OWNERS)
    .filter(([, owners]) => file === undefined || !owners.includes(file))
    .map(([part]) => part);
  return {
    patterns: [
      ...refusedParts.map((name) => ({
        regex: `^${name.replaceAll('.', '[.]')}(/|$)`,
        message: `Only ${PART_OWNERS[name]?.join(', ')} may import it.`,
      })),
      {
        regex: `^@promontory/(${refusedPackages.join('|')})(/|$)`,
        message: `${folder} may import only: ${allowedPackages.join(', ') || 'nothing'} (oxlint.config.ts, LAYERS).`,
      },
      NO_DEEP_IMPORT,
      NO_FOREIGN_RELATIVE,
    ],
  };
}

function layerOverrides(): Override[] {
  const overrides: Override[] = [];
  for (const [folder, allowed] of Object.entries(LAYERS)) {
    overrides.push({
      files: [`${folder}/**/*.ts`],
      rules: { 'no-restricted-imports': ['error', restrictions(folder, allowed)] },
    });
    const owned = new Set(
      Object.values(PART_OWNERS)
        .flat()
        .filter((file) => file.startsWith(`${folder}/`)),
    );
    for (const file of owned) {
      overrides.push({
        files: [file],
        rules: { 'no-restricted-imports': ['error', restrictions(folder, allowed, file)] },
      });
    }
  }
  return overrides;
}

export default defineConfig({
  plugins: ['typescript', 'unicorn', 'import', 'oxc', 'promise', 'vitest'],
  categories: { correctness: 'error', suspicious: 'error' },
  options: { typeAware: true, reportUnusedDisableDirectives: 'error' },
  ignorePatterns: ['dist/**', '**/*.generated.ts'],
  rules: {
    'typescript/no-explicit-any': 'error',
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
    'typescript/switch-exhaustiveness-check': 'error',
    'typescript/no-unsafe-type-assertion': 'off',
    'typescript/no-non-null-assertion': 'off',
    'no-default-export': 'off',
    'import/no-cycle': 'error',
    'import/no-default-export': 'error',
    'unicorn/filename-case': ['error', { case: 'kebabCase' }],
    'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
    'max-lines': ['error', { max: 600 }],
    'no-console': 'error',
    eqeqeq: 'error',
    'no-var': 'error',
    'prefer-const': 'error',
    'no-shadow': 'off',
    'no-await-in-loop': 'off',
    'unicorn/no-array-sort': 'off',
    'unicorn/consistent-function-scoping': 'off',
    'unicorn/prefer-add-event-listener': 'off',
    'unicorn/require-post-message-target-origin': 'off',
  },
  overrides: [
    {
      files: ['**/*.test.ts', '**/*.fuzz.ts', '**/*.e2e.ts'],
      rules: { 'max-lines-per-function': 'off', 'max-lines': ['error', { max: 800 }] },
    },
    { files: ['tools/**', 'bench/**', 'apps/ingest/src/main.ts'], rules: { 'no-console': 'off' } },
    { files: ['*.config.ts'], rules: { 'import/no-default-export': 'off' } },
    ...layerOverrides(),
  ],
});
