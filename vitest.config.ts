/** The three kinds of tests: unit beside the sources, attacks on a running server, and the built program in a browser. */
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

/** A long run does fifty times as much. */
const patience = process.env['LONG'] === '1' ? 60 : 1;

export default defineConfig({
  test: {
    root: '.',
    maxWorkers: 2,
    retry: 0,
    passWithNoTests: false,
    projects: [
      {
        plugins: [svelte({ configFile: false, compilerOptions: { runes: true } })],
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/attack/**'],
          testTimeout: 20_000 * patience,
          hookTimeout: 20_000 * patience,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'attack',
          include: ['test/attack/**/*.test.ts'],
          testTimeout: 60_000 * patience,
          hookTimeout: 60_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: 'test/e2e/setup.ts',
          // One browser and one server at a time: on two cores more would only measure each other.
          maxWorkers: 1,
          fileParallelism: false,
          testTimeout: 60_000 * patience,
          hookTimeout: 120_000,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
