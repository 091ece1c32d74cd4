// Random configurations and operations: the library sees after every step what the naive model sees. This finds what
// nobody thought of writing a vector for; a counterexample is a vector, ready for the file.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { expectedVector } from './expected-vector.ts'
import { ours } from './implementations/index.ts'
import { oursRegistry } from './implementations/ours-registry.ts'
import { playVector } from './play.ts'
import { configs, sequences } from './random-vectors.ts'
import { readVectors } from './read-vectors.ts'

const vectors = fc.tuple(configs, sequences).map(([config, steps]) => expectedVector(config, steps))
/** More, for a longer search: CONFORMANCE_RUNS=100000 npm test -- benchmarks/conformance/differential */
const numRuns = Number(process.env.CONFORMANCE_RUNS ?? 500)

describe('the library and the naive model agree on random vectors', () => {
  test.each(ours)('$name', { timeout: 600_000 }, async (implementation) => {
    await fc.assert(
      fc.asyncProperty(vectors, async (vector) => {
        const verdict = await playVector(implementation, vector)
        expect(verdict.status === 'fail' ? verdict.mismatch : undefined, JSON.stringify(vector)).toBeUndefined()
      }),
      { numRuns },
    )
  })
})

test('a key of a registry and the naive model agree on random vectors', { timeout: 600_000 }, async () => {
  const within = fc.tuple(configs, sequences).map(([{ maxConcurrent: _limit, ...config }, steps]) => {
    const window = config.window.type === 'count' ? { type: 'time' as const, ms: 500, bucketMs: 100 } : config.window
    const ended = new Set<string>()
    const once = steps.filter((step) => {
      if (step.op === 'isolate' || step.op === 'dispose' || step.op === 'exportImport') return false
      if (step.op !== 'settle' && step.op !== 'release') return true
      return !ended.has(step.call) && ended.add(step.call)
    })
    return expectedVector({ ...config, window }, once)
  })
  await fc.assert(
    fc.asyncProperty(within, async (vector) => {
      expect(await playVector(oursRegistry, vector), JSON.stringify(vector)).toEqual({ status: 'pass' })
    }),
    { numRuns },
  )
})

test('random vectors are of the format, and visit every state', () => {
  const sample = fc.sample(vectors, { numRuns: 300, seed: 1 })
  expect(readVectors(sample.map((vector) => JSON.stringify(vector)).join('\n'), 'random')).toHaveLength(300)
  const steps = sample.flatMap((vector) => vector.steps)
  const share = (state: string): number => steps.filter((step) => step.expect?.state === state).length / steps.length
  const most = ['closed', 'open', 'half_open'].map(share)
  const rare = ['isolated', 'disabled', 'metrics_only'].map(share)
  expect(Math.min(...most)).toBeGreaterThan(0.05)
  expect(Math.min(...rare)).toBeGreaterThan(0.01)
})
