// Tests: once on the embedded PostgreSQL, and those of schema and load (*.pg.test.ts) once more on the system's own.
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const globalSetup = ['packages/shared/src/testing/global-setup.ts'];
const exclude = ['**/node_modules/**'];

export default defineConfig({
  test: {
    testTimeout: 120_000,
    hookTimeout: 60_000,
    maxWorkers: Math.max(2, Math.min(4, availableParallelism())),
    pool: 'forks',
    projects: [
      { extends: true, test: { name: 'embedded', include: ['**/test/**/*.test.ts'], exclude, globalSetup } },
      { extends: true, test: { name: 'system', include: ['**/test/**/*.pg.test.ts'], exclude, globalSetup } },
    ],
  },
});
