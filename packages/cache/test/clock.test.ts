import { afterEach, describe, expect, it, vi } from 'vitest'
import { CacheClock } from '../src/clock.ts'
import { Cache } from '../src/index.ts'
import { settled } from './harness.ts'

afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

describe('clock', () => {
  it('starts at 0 and never goes back', () => {
    let time = 500
    const clock = new CacheClock({ now: () => time })
    expect(clock.exact()).toBe(0)
    time = 510
    expect(clock.recent()).toBe(10)
    time = 400
    expect(clock.exact()).toBe(10)
    time = NaN
    expect(clock.recent()).toBe(10)
    time = 511
    expect(clock.exact()).toBe(11)
  })

  it('does not make entries live longer when the source jumps back', () => {
    let time = 1000
    const cache = new Cache<string, number>({ max: 2, ttlMs: 10, clock: { now: () => time } })
    cache.set('a', 1)
    time = 1009
    expect(cache.get('a')).toBe(1)
    time = 0
    expect(cache.get('a')).toBe(1)
    time = 1010
    expect(cache.get('a')).toBeUndefined()
  })

  it('reads an injected clock at every lookup', () => {
    const now = vi.fn(() => 0)
    const clock = new CacheClock({ now })
    now.mockClear()
    for (let i = 0; i < 500; i++) clock.recent()
    expect(now).toHaveBeenCalledTimes(500)
  })
})

describe('default clock', () => {
  function fakePerformance(): { time: number; reads: number } {
    const state = { time: 0, reads: 0 }
    vi.spyOn(performance, 'now').mockImplementation(() => {
      state.reads++
      return state.time
    })
    return state
  }

  it('is read at every lookup while lookups are rare', () => {
    const state = fakePerformance()
    const clock = new CacheClock()
    for (let i = 0; i < 1000; i++) {
      state.time += 0.01
      expect(clock.recent()).toBeCloseTo(state.time, 9)
    }
    expect(state.reads).toBe(1001)
  })

  it('is read at every 65th lookup of a tight loop', () => {
    const state = fakePerformance()
    const clock = new CacheClock()
    for (let i = 0; i < 8000; i++) clock.recent()
    expect(state.reads).toBeLessThan(150)
  })

  it('reads again once the loop has ended', async () => {
    const state = fakePerformance()
    const clock = new CacheClock()
    for (let i = 0; i < 20; i++) clock.recent()
    state.time = 1000
    expect(clock.recent()).toBe(0)
    await Promise.resolve()
    expect(clock.recent()).toBe(1000)
  })

  it('reads again after at most 64 lookups, and at every write', () => {
    const state = fakePerformance()
    const clock = new CacheClock()
    for (let i = 0; i < 16; i++) clock.recent()
    for (let round = 1; round < 4; round++) {
      state.time += 0.02
      for (let i = 0; i < 64; i++) expect(clock.recent()).toBeCloseTo(state.time - 0.02, 9)
      expect(clock.recent()).toBeCloseTo(state.time, 9)
    }
    for (let i = 0; i < 64; i++) clock.recent()
    state.time = 1000
    for (let i = 0; i < 15; i++) {
      expect(clock.recent()).toBe(state.time)
      state.time += 0.1
    }

    for (let i = 0; i < 100; i++) clock.recent()
    state.time = 2000
    expect(clock.exact()).toBe(2000)
    for (let i = 0; i < 15; i++) {
      expect(clock.recent()).toBe(state.time)
      state.time += 0.001
    }
  })

  it('follows fake timers, also within one synchronous run', () => {
    vi.useFakeTimers()
    const cache = new Cache<string, number>({ max: 100, ttlMs: 30_000 })
    cache.set('a', 1)
    expect(cache.get('a')).toBe(1)
    vi.advanceTimersByTime(30_000)
    expect(cache.get('a')).toBeUndefined()
  })

  it('expires in real time', async () => {
    const cache = new Cache<string, number>({ max: 10, ttlMs: Number.MIN_VALUE })
    cache.set('a', 1)
    await settled()
    expect(cache.get('a')).toBeUndefined()
  })
})
