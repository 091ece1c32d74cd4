import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { CircuitBreaker as Opossum } from '../src/compat/opossum.ts'
import { CircuitBreaker } from '../src/index.ts'
import { type Deadline, TimerWheel } from '../src/timer-wheel.ts'

const thrown: unknown[] = []

beforeEach(() => {
  vi.useFakeTimers()
  thrown.length = 0
  vi.spyOn(globalThis, 'queueMicrotask').mockImplementation((task) => {
    try {
      task()
    } catch (error) {
      thrown.push(error)
    }
  })
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

const entry = (expire: () => void): Deadline => ({
  deadline: 0,
  previous: undefined,
  next: undefined,
  slot: -1,
  expire,
})

it('an entry that throws stops neither those of its slot nor those due later, and its error is reported', () => {
  const wheel = new TimerWheel({ now: () => Date.now() })
  const ended: string[] = []
  const fault = new Error('expiry')
  const throws = (): void => {
    throw fault
  }
  wheel.add(entry(throws), Date.now(), 30)
  wheel.add(
    entry(() => ended.push('same moment')),
    Date.now(),
    30,
  )
  wheel.add(
    entry(() => ended.push('later')),
    Date.now(),
    5000,
  )
  vi.advanceTimersByTime(31)
  expect(ended).toEqual(['same moment'])
  vi.advanceTimersByTime(5000)
  expect(ended).toEqual(['same moment', 'later'])
  expect(wheel.size).toBe(0)
  expect(thrown).toEqual([fault])
})

it('a throwing timeout listener of an opossum breaker leaves the limits of all other breakers alone', async () => {
  const never = (): Promise<never> => new Promise(() => {})
  const throwing = new Opossum(never, { timeout: 30 })
  throwing.on('timeout', () => {
    throw new Error('listener')
  })
  const calls = [
    throwing.fire(),
    new Opossum(never, { timeout: 30 }).fire(),
    new CircuitBreaker('native', { timeout: 30 }).run(never),
  ]
  const ends = Promise.allSettled(calls)
  await vi.advanceTimersByTimeAsync(60)
  expect((await ends).map((end) => end.status)).toEqual(['rejected', 'rejected', 'rejected'])
})
