import { describe, expect, test } from 'vitest'
import { measureRetained } from '../runner/measure-retained.ts'
import type { RetainedCase } from '../runner/suite.ts'

type Case = RetainedCase<null, number>

function caseOf(prepare: Case['prepare'], more: Partial<Case> = {}): Case {
  const base = { kind: 'retained' as const, name: 'kept', title: 'kept', items: 1_000, unit: 'item' }
  return { ...base, inputs: () => [1, 2], answer: () => 0, prepare, ...more }
}

describe('what is retained', { timeout: 30_000 }, () => {
  test('counts what is reachable from the result, buffers included, and not what was passing', async () => {
    const { bytes } = await measureRetained(
      caseOf(() => () => {
        const passing = Array.from({ length: 1_000 }, () => new Array(100).fill(0))
        return passing.map(() => new Uint8Array(2_000))
      }),
      null,
    )
    expect(bytes).toBeGreaterThan(2_000)
    expect(bytes).toBeLessThan(2_600)
  })

  test('a leak shows in every repeat, what is collected late does not', async () => {
    const leak: unknown[] = []
    const leaking = caseOf(() => () => leak.push(...Array.from({ length: 1_000 }, (_, i) => ({ i }))), { repeats: 3 })
    expect((await measureRetained(leaking, null)).bytes).toBeGreaterThan(20)
    let once: unknown
    const clean = caseOf(() => () => (once ??= new Array(50_000).fill(0)), { repeats: 3 })
    expect((await measureRetained(clean, null)).bytes).toBeLessThan(5)
  })

  test('counts timers, also those that are unref’ed, and the CPU they take at rest', async () => {
    const timers: NodeJS.Timeout[] = []
    const result = await measureRetained(
      caseOf(
        () => () => {
          for (let i = 0; i < 20; i++) timers.push(setInterval(() => {}, 1_000))
          timers[0]?.unref()
          clearInterval(timers[1])
          return timers
        },
        { idleMs: 100 },
      ),
      null,
    )
    for (const timer of timers) clearInterval(timer)
    expect(result.timers).toBe(19)
    expect(result.idleCpu).toBeLessThan(0.5)
  })
})
