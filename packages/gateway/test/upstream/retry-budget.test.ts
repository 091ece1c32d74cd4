import fc from 'fast-check'
import { expect, it } from 'vitest'
import { RetryBudget } from '../../src/upstream/retry-budget.ts'

const fakeClock = () => ({
  time: 0,
  now() {
    return this.time
  },
})

it('allows the minimum when there is no traffic', () => {
  const clock = fakeClock()
  const budget = new RetryBudget({ minPerSecond: 2, clock })
  expect([budget.tryWithdraw(), budget.tryWithdraw(), budget.tryWithdraw()]).toEqual([true, true, false])
  clock.time = 500
  expect([budget.tryWithdraw(), budget.tryWithdraw()]).toEqual([true, false])
  clock.time = 60_000
  expect([budget.tryWithdraw(), budget.tryWithdraw(), budget.tryWithdraw()]).toEqual([true, true, false])
})

it('adds one retry per five requests', () => {
  const budget = new RetryBudget({ minPerSecond: 0, clock: fakeClock() })
  for (let i = 0; i < 4; i++) budget.recordRequest()
  expect(budget.tryWithdraw()).toBe(false)
  budget.recordRequest()
  expect([budget.tryWithdraw(), budget.tryWithdraw()]).toEqual([true, false])
})

it('keeps at most 100 from a calm for a storm', () => {
  const budget = new RetryBudget({ minPerSecond: 0, clock: fakeClock() })
  for (let i = 0; i < 10_000; i++) budget.recordRequest()
  let granted = 0
  while (budget.tryWithdraw()) granted++
  expect(granted).toBe(100)
})

it('never grants more than the share plus the minimum, in any order of calls', () => {
  const step = fc.oneof(
    fc.constant('request' as const),
    fc.constant('retry' as const),
    fc.integer({ min: 1, max: 300 }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), fc.integer({ min: 0, max: 20 }), (steps, minPerSecond) => {
      const clock = fakeClock()
      const budget = new RetryBudget({ minPerSecond, clock })
      let requests = 0
      let granted = 0
      for (const each of steps) {
        if (each === 'request') {
          budget.recordRequest()
          requests++
        } else if (each === 'retry') {
          if (budget.tryWithdraw()) granted++
        } else {
          clock.time += each
        }
      }
      expect(granted).toBeLessThanOrEqual(0.2 * requests + minPerSecond * (1 + clock.time / 1000) + 1e-6)
    }),
  )
})

it.each([
  [{ ratio: 1.1 }, /ratio.*0 to 1, got 1.1/],
  [{ ratio: Number.NaN }, /ratio/],
  [{ minPerSecond: -1 }, /minPerSecond.*got -1/],
])('refuses %j', (options, message) => {
  expect(() => new RetryBudget(options)).toThrow(message)
})
