import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { requireEqualAnswers } from '../../runner/answers.ts'
import type { AnySuite } from '../../runner/suite.ts'
import { IdBytes } from './cases.ts'
import { suite } from './suite.bench.ts'
import type { StoreDesign } from './table.ts'

async function design(name: string): Promise<StoreDesign> {
  const contender = suite.contenders.find((candidate) => candidate.name === name)
  if (contender === undefined) throw new Error(`no contender ${name}`)
  return contender.load()
}

describe('every contender routes as a plain Map with turns does', () => {
  test.each(['table', 'ours', 'legacy-timers', 'legacy-sort', 'lru-cache'])('%s', async (name) => {
    const { createStore } = await design(name)
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 80 }), { maxLength: 300 }), (sessions) => {
        const store = createStore(1000, 3)
        const oracle = new Map<number, number>()
        for (const session of sessions) {
          if (!oracle.has(session)) oracle.set(session, oracle.size % 3)
          expect(store.route(`session ${session}`)).toBe(oracle.get(session))
        }
        expect(store.size()).toBe(oracle.size)
      }),
    )
  })
})

describe('known limits', () => {
  test('legacy-sort loses a tenth at once, the busiest session first if it is the oldest', async () => {
    const store = (await design('legacy-sort')).createStore(100, 8)
    for (let session = 0; session < 100; session++) store.route(`s${session}`)
    for (let time = 0; time < 50; time++) store.route('s0')
    store.route('one more')
    expect(store.size()).toBe(91)
    expect(store.route('s0')).not.toBe(0)
  })

  test('legacy-timers holds everything', async () => {
    const store = (await design('legacy-timers')).createStore(10, 8)
    for (let session = 0; session < 500; session++) store.route(`s${session}`)
    expect(store.size()).toBe(500)
  })

  test.each(['table', 'ours', 'lru-cache'])('%s stays within its bound', async (name) => {
    const store = (await design(name)).createStore(100, 8)
    for (let session = 0; session < 3000; session++) store.route(`s${session}`)
    expect(store.size()).toBeLessThanOrEqual(100)
    expect(store.size()).toBeGreaterThan(90)
  })

  test('ours tells uses within one second apart no better than by chance', async () => {
    const store = (await design('ours')).createStore(100, 8)
    store.route('busy')
    const turns = Array.from({ length: 3000 }, (_, session) => {
      store.route(`s${session}`)
      return store.route('busy')
    })
    expect(new Set(turns).size).toBeGreaterThan(1)
  })
})

test('ids are fresh strings of 36 characters, all different', () => {
  const ids = new IdBytes(5000, 'k')
  const all = new Set(Array.from({ length: 5000 }, (_, index) => ids.at(index)))
  expect(all.size).toBe(5000)
  expect([...all].every((id) => id.length === 36)).toBe(true)
})

test('all contenders give equal answers, but for the declared differences', async () => {
  const answers = new Map<string, Record<string, unknown>>()
  for (const contender of suite.contenders) {
    const subject = await contender.load()
    const own = suite.cases.map((benchmark) => [benchmark.name, benchmark.answer(subject, [])] as const)
    answers.set(contender.name, Object.fromEntries(own))
  }
  expect(() => requireEqualAnswers(suite as unknown as AnySuite, answers)).not.toThrow()
})
