import { afterEach, describe, expect, test, vi } from 'vitest'
import { requireEqualAnswers } from '../../runner/answers.ts'
import type { SuiteResult } from '../../runner/result.ts'
import type { AnySuite } from '../../runner/suite.ts'
import { contender as sorted } from './contenders/legacy-sort.ts'
import { createRandom, createZipf, keyOf } from './keys.ts'
import { suite } from './suite.bench.ts'
import { summarize } from './summary.ts'

afterEach(() => {
  vi.useRealTimers()
})

describe('cases', () => {
  test('every contender of a case gives the same answers', { timeout: 60_000 }, async () => {
    // The timers of the first design would outlive the test by an hour.
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    const answers = new Map<string, Record<string, unknown>>()
    for (const { name, load } of suite.contenders) {
      const subject = await load()
      const own: Record<string, unknown> = {}
      for (const benchmark of suite.cases) {
        if (benchmark.skip?.[name] === undefined) own[benchmark.name] = await benchmark.answer(subject, [])
      }
      answers.set(name, own)
    }
    expect(() => requireEqualAnswers(suite as unknown as AnySuite, answers)).not.toThrow()
    expect(answers.get('lru')?.['evict-string-10000']).toEqual([499, undefined, undefined])
  })

  test('every contender is measured or has a reason', () => {
    for (const benchmark of suite.cases) {
      const skipped = Object.keys(benchmark.skip ?? {})
      expect(suite.contenders.length - skipped.length).toBeGreaterThan(1)
    }
  })
})

describe('the legacy design', () => {
  test('drops the oldest tenth at once, and reading saves nobody', () => {
    const cache = sorted.make<number>(100, 1000)
    for (let i = 0; i < 100; i++) cache.set(i, i)
    expect(cache.get(0)).toBe(0)
    cache.set(100, 100)
    const left = Array.from({ length: 101 }, (_, i) => i).filter((i) => cache.get(i) !== undefined)
    expect(left).toEqual(Array.from({ length: 91 }, (_, i) => i + 10))
  })
})

describe('keys', () => {
  test('are the same for everyone, equal strings being distinct', () => {
    expect(keyOf('string', 7)).toBe('user:00000000007')
    expect(keyOf('integer', 7)).toBe(52)
    const draw = (): number[] => Array.from({ length: 1000 }, createZipf(100, createRandom(1)))
    expect(draw()).toEqual(draw())
    expect(Math.min(...draw())).toBe(0)
    expect(Math.max(...draw())).toBeLessThan(100)
    // The most frequent of 100 has about 19 % of the requests.
    expect(draw().filter((rank) => rank === 0).length).toBeGreaterThan(100)
  })
})

function resultOf(figures: Readonly<Record<string, Readonly<Record<string, number>>>>): SuiteResult {
  const cases = Object.entries(figures).map(([name, contenders]) => ({
    name,
    title: name,
    unit: 'get',
    contenders: Object.entries(contenders).map(([contender, ns]) => {
      const spread = { median: ns, min: ns, p25: ns, p75: ns, max: ns, ratios: {}, rounds: [] }
      return { name: contender, role: 'peer' as const, nanoseconds: { ...spread, values: [ns, ns] } }
    }),
  }))
  return { name: 'cache', title: 'cache', rounds: 2, cases }
}

describe('the summary', () => {
  test('judges by the better of the exact policies, and what was not measured is not met', () => {
    const hit = { map: 10, lru: 14, clock: 11, adaptive: 30, 'lru-cache': 22, 'legacy-sort': 40 }
    const { goals } = summarize(resultOf({ 'hit-string-10000': hit }))
    const goal = (name: string): unknown => goals.find((candidate) => candidate.name.startsWith(name))
    expect(goal('clock: get of a string against Map.get')).toMatchObject({ measured: '1.10 × [1.10–1.10]', met: true })
    expect(goal('clock: get of a string against lru-cache')).toMatchObject({ met: true })
    expect(goal('adaptive: get of a string')).toMatchObject({ met: false })
    expect(goal('clock: update')).toMatchObject({ met: false })
  })
})
