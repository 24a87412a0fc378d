// SPDX-License-Identifier: Apache-2.0
import { defineConfig } from 'vitest/config';

const ignored = ['**/node_modules/**', '**/dist/**'];

/**
 * One configuration, a project for each kind of test, so that `vitest run libs/routing` and `vitest run --project process`
 * both do what they say. Unhandled errors and rejections fail a run (Vitest's default, never to be switched off).
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{libs,apps}/*/src/**/*.test.ts', 'tools/**/*.test.ts'],
          exclude: [
            ...ignored,
            '**/*.process.test.ts',
            'tools/boundary-proof/**',
            'tools/bundle/**',
            'tools/chart-proof/helm/**',
          ],
          // A unit test does not wait for anything real: what takes longer hangs.
          testTimeout: 10_000,
        },
      },
      {
        test: {
          name: 'boundaries',
          include: ['tools/boundary-proof/**/*.test.ts'],
          exclude: ignored,
          // The first one loads the rule, the parser and the project graph.
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'bundle',
          include: ['tools/bundle/**/*.test.ts'],
          exclude: ignored,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'chart',
          include: ['tools/chart-proof/helm/**/*.test.ts'],
          exclude: ignored,
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'process',
          include: ['e2e/**/*.test.ts', '{apps,libs,tools}/**/*.process.test.ts'],
          exclude: [...ignored, 'e2e/cluster/**', 'e2e/netns/**'],
          // These start real processes and measure them: side by side they would disturb each other.
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'netns',
          include: ['e2e/netns/**/*.test.ts'],
          exclude: ignored,
          // As those of `process`.
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'cluster',
          include: ['e2e/cluster/**/*.test.ts'],
          exclude: [...ignored, 'e2e/cluster/long/**'],
          // One image, and one release of Weir, for all of them.
          globalSetup: ['e2e/cluster/stage/prepare-cluster.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'cluster-long',
          // As those of `cluster`, for longer than a change may take.
          include: ['e2e/cluster/long/*.test.ts'],
          exclude: ignored,
          globalSetup: ['e2e/cluster/stage/prepare-cluster.ts'],
          fileParallelism: false,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'example',
          include: ['examples/**/*.test.ts'],
          exclude: ignored,
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
