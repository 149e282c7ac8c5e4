/** Tests that kill processes, fill disks and damage files. What each may take is said there. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['packages/*/crash/**/*.test.ts'],
    pool: 'forks',
    testTimeout: 180_000,
    hookTimeout: 30_000,
  },
});
