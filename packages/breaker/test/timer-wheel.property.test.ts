import fc from 'fast-check'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type Deadline, TimerWheel, wheelOf } from '../src/timer-wheel.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const clock = { now: () => Date.now() }

interface Entry extends Deadline {
  due: number
}

it('expires every limit at its moment, whatever its length, and no removed one', () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ op: fc.constant('add' as const), ms: fc.integer({ min: 1, max: 40_000 }) }) },
    { weight: 2, arbitrary: fc.record({ op: fc.constant('remove' as const), which: fc.nat(50) }) },
    { weight: 3, arbitrary: fc.record({ op: fc.constant('wait' as const), ms: fc.nat(9000) }) },
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const wheel = new TimerWheel(clock)
      const alive = new Set<Entry>()
      for (const taken of steps) {
        if (taken.op === 'add') {
          const entry: Entry = {
            deadline: 0,
            previous: undefined,
            next: undefined,
            slot: -1,
            due: Date.now() + taken.ms,
            expire: () => {
              expect(Date.now()).toBe(entry.due)
              expect(alive.delete(entry)).toBe(true)
            },
          }
          wheel.add(entry, Date.now(), taken.ms)
          alive.add(entry)
        } else if (taken.op === 'remove') {
          const entry = [...alive][taken.which % Math.max(1, alive.size)]
          if (entry === undefined) continue
          wheel.remove(entry)
          wheel.remove(entry)
          alive.delete(entry)
        } else {
          vi.advanceTimersByTime(taken.ms)
          for (const entry of alive) expect(entry.due).toBeGreaterThan(Date.now())
        }
        expect(wheel.size).toBe(alive.size)
      }
      vi.advanceTimersByTime(50_000)
      expect(wheel.size).toBe(0)
      vi.clearAllTimers()
    }),
    { numRuns: 400 },
  )
})

it('sets one timer for ten thousand limits, and takes it up again when somebody replaced the timers', () => {
  const wheel = new TimerWheel(clock)
  let expired = 0
  const add = (ms: number): void => {
    const expire = (): void => void expired++
    wheel.add({ deadline: 0, previous: undefined, next: undefined, slot: -1, expire }, Date.now(), ms)
  }
  for (let i = 0; i < 10_000; i++) add(1000 + (i % 7))
  expect(vi.getTimerCount()).toBeLessThanOrEqual(1)
  vi.clearAllTimers()
  vi.setSystemTime(Date.now() + 2000)
  add(500)
  vi.advanceTimersByTime(1)
  expect(expired).toBe(10_000)
  vi.advanceTimersByTime(500)
  expect(expired).toBe(10_001)
})

it('is one for each clock', () => {
  expect(wheelOf(clock)).toBe(wheelOf(clock))
  expect(wheelOf(clock)).not.toBe(wheelOf({ now: () => 0 }))
})
