import { defineConfig } from 'vitest/config'

// Tests read the siblings' sources: no build before a test run.
const conditions = ['@breakwater/source']
const source = { resolve: { conditions }, ssr: { resolve: { conditions } } }
const everywhere = ['packages/*/test', 'benchmarks', 'scripts']
const files = (pattern: string): string[] => everywhere.map((folder) => `${folder}/${pattern}`)
const never = ['**/node_modules/**', '**/dist/**', '**/.examples/**']
const memory = files('**/*.gc.test.ts')
const slow = files('**/*.slow.test.ts')
const e2e = ['packages/*/test/e2e/**/*.test.ts']
// Nothing is timed by a test: the limit only ends what hangs, also on a machine that is busy with something else.
const testTimeout = 30_000
const examples = ['benchmarks/documentation/**/*.test.ts']

export default defineConfig({
  test: {
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**'],
      exclude: ['**/index.ts', '**/*.d.ts'],
      thresholds: { lines: 80, functions: 80, statements: 80, branches: 75 },
    },
    projects: [
      {
        ...source,
        test: {
          name: 'unit',
          testTimeout,
          include: files('**/*.test.ts'),
          exclude: [...never, ...memory, ...slow, ...e2e, ...examples],
        },
      },
      {
        ...source,
        // --expose-gc: WeakRef plus a few gc() rounds is a stable proof that nothing is held.
        test: {
          name: 'memory',
          testTimeout,
          include: memory,
          exclude: never,
          pool: 'forks',
          execArgv: ['--expose-gc'],
        },
      },
      {
        ...source,
        test: {
          name: 'e2e',
          include: e2e,
          exclude: [...never, ...slow, ...memory],
          pool: 'forks',
          testTimeout,
        },
      },
      {
        ...source,
        test: { name: 'examples', include: examples, exclude: never, pool: 'forks', testTimeout: 60_000 },
      },
      {
        ...source,
        // Real time-outs, kills, load, fresh clones: what `npm test` has no time for.
        test: {
          name: 'slow',
          include: slow,
          exclude: never,
          pool: 'forks',
          testTimeout: 300_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
