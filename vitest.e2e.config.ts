/** End-to-end tests: the real server, as a process, against real peers. One file at a time. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['apps/*/e2e/**/*.e2e.ts'],
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 120_000,
  },
});
