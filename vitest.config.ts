import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      'packages/**/*.{test,fuzz}.ts',
      'apps/**/*.{test,fuzz}.ts',
      'tools/**/*.{test,fuzz}.ts',
      'bench/**/*.{test,fuzz}.ts',
    ],
    pool: 'forks',
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
});
