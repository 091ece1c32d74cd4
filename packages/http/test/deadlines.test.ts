import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Deadline, type DeadlineOwner, Deadlines } from '../src/deadlines.ts'

let now = 0
const clock = { now: () => now }

/** Moves the clock and the timers together, one millisecond at a time. */
function pass(ms: number): void {
  for (let i = 0; i < ms; i++) {
    now++
    vi.advanceTimersByTime(1)
  }
}

class Watch implements DeadlineOwner {
  readonly deadline: Deadline = new Deadline(this)
  readonly passed: number[] = []

  deadlinePassed(): void {
    this.passed.push(now)
  }
}

beforeEach(() => {
  now = 0
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  vi.useRealTimers()
})

describe('Deadlines', () => {
  test('passes once, at its time', () => {
    const deadlines = new Deadlines(clock)
    const watch = new Watch()
    deadlines.arm(watch.deadline, 50)
    pass(49)
    expect(watch.passed).toEqual([])
    pass(100)
    expect(watch.passed).toEqual([50])
    expect(deadlines.queueCount).toBe(0)
  })

  test('0 is off', () => {
    const deadlines = new Deadlines(clock)
    const watch = new Watch()
    deadlines.arm(watch.deadline, 0)
    deadlines.touch(watch.deadline)
    expect(deadlines.queueCount).toBe(0)
  })

  test('touch moves it a whole interval away', () => {
    const deadlines = new Deadlines(clock)
    const watch = new Watch()
    deadlines.arm(watch.deadline, 50)
    for (let i = 0; i < 5; i++) {
      pass(40)
      deadlines.touch(watch.deadline)
    }
    pass(100)
    expect(watch.passed).toEqual([250])
  })

  test('disarm, and arm with another interval', () => {
    const deadlines = new Deadlines(clock)
    const watch = new Watch()
    deadlines.arm(watch.deadline, 50)
    deadlines.disarm(watch.deadline)
    deadlines.disarm(watch.deadline)
    pass(100)
    expect(watch.passed).toEqual([])
    deadlines.arm(watch.deadline, 50)
    deadlines.arm(watch.deadline, 20)
    pass(100)
    expect(watch.passed).toEqual([120])
  })

  test('may be armed again by its owner', () => {
    const deadlines = new Deadlines(clock)
    const passed: number[] = []
    const owner: DeadlineOwner = {
      deadlinePassed(deadline) {
        passed.push(now)
        if (passed.length < 3) deadlines.arm(deadline, 10)
      },
    }
    deadlines.arm(new Deadline(owner), 10)
    pass(100)
    expect(passed).toEqual([10, 20, 30])
    expect(deadlines.queueCount).toBe(0)
  })

  test('one timer for many of one duration', () => {
    const deadlines = new Deadlines(clock)
    const watches = Array.from({ length: 1_000 }, () => new Watch())
    for (const watch of watches) deadlines.arm(watch.deadline, 30)
    expect(vi.getTimerCount()).toBe(1)
    pass(30)
    expect(watches.every((watch) => watch.passed.length === 1)).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('behaves as one exact timer per item would (model)', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('arm' as const), who: fc.nat(5), ms: fc.constantFrom(5, 17, 40) }),
      fc.record({ do: fc.constant('touch' as const), who: fc.nat(5) }),
      fc.record({ do: fc.constant('disarm' as const), who: fc.nat(5) }),
      fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 30 }) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        now = 0
        const deadlines = new Deadlines(clock)
        const watches = Array.from({ length: 6 }, () => new Watch())
        const model = watches.map(() => ({ due: Number.POSITIVE_INFINITY, ms: 0, passed: [] as number[] }))
        const tick = (ms: number): void => {
          for (let i = 0; i < ms; i++) {
            pass(1)
            for (const item of model) {
              if (item.due > now) continue
              item.passed.push(item.due)
              item.due = Number.POSITIVE_INFINITY
            }
          }
        }
        for (const each of steps) {
          if (each.do === 'pass') {
            tick(each.ms)
            continue
          }
          const item = model[each.who]
          const deadline = watches[each.who]?.deadline
          if (item === undefined || deadline === undefined) continue
          if (each.do === 'arm') {
            deadlines.arm(deadline, each.ms)
            item.ms = each.ms
            item.due = now + each.ms
          } else if (each.do === 'touch') {
            deadlines.touch(deadline)
            if (item.due !== Number.POSITIVE_INFINITY) item.due = now + item.ms
          } else {
            deadlines.disarm(deadline)
            item.due = Number.POSITIVE_INFINITY
          }
        }
        tick(50)
        expect(watches.map((watch) => watch.passed)).toEqual(model.map((item) => item.passed))
        expect(vi.getTimerCount()).toBe(0)
      }),
    )
  })
})
