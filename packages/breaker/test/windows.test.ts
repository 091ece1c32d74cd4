import { describe, expect, it } from 'vitest'
import { CountWindow } from '../src/count-window.ts'
import { TimeWindow } from '../src/time-window.ts'

describe('TimeWindow', () => {
  it('starts at any time without a turn of the ring', () => {
    const window = new TimeWindow(100, 10, 1e12)
    window.record(false, false, 1e12)
    expect([window.total, window.failures]).toEqual([1, 1])
  })

  it('keeps a result until its whole bucket is out of the window', () => {
    const window = new TimeWindow(100, 10, 0)
    window.record(false, false, 99)
    window.expire(999)
    expect(window.total).toBe(1)
    window.expire(1000)
    expect(window.total).toBe(0)
  })

  it('a clock that steps back writes into the newest bucket', () => {
    const window = new TimeWindow(100, 10, 5000)
    window.record(true, false, 5000)
    window.record(false, false, 100)
    expect([window.total, window.failures]).toEqual([2, 1])
    window.expire(5999)
    expect(window.total).toBe(2)
    window.expire(6000)
    expect([window.total, window.failures]).toEqual([0, 0])
  })

  it('has one bucket if asked', () => {
    const window = new TimeWindow(100, 1, 0)
    window.record(false, false, 99)
    window.record(false, false, 100)
    expect(window.total).toBe(1)
  })

  it('clears at most one turn after any idle time', () => {
    const window = new TimeWindow(100, 10, 0)
    for (let t = 0; t < 1000; t += 50) window.record(t % 100 === 0, false, t)
    expect([window.total, window.failures]).toEqual([20, 10])
    window.expire(Number.MAX_SAFE_INTEGER)
    expect([window.total, window.failures]).toEqual([0, 0])
  })
})

describe('CountWindow', () => {
  it('forgets by count only and needs no clock', () => {
    const window = new CountWindow(3, Number.POSITIVE_INFINITY)
    expect(window.readsClock).toBe(false)
    for (const success of [false, true, true, true]) window.record(success, false, 0)
    window.expire(1e15)
    expect([window.total, window.failures]).toEqual([3, 0])
  })

  it('with an age limit forgets by whichever comes first', () => {
    const window = new CountWindow(3, 100)
    expect(window.readsClock).toBe(true)
    window.record(false, false, 0)
    window.record(false, false, 50)
    window.expire(101)
    expect(window.total).toBe(1)
    for (let i = 0; i < 4; i++) window.record(true, false, 120)
    expect([window.total, window.failures]).toEqual([3, 0])
  })

  it('is empty after clear', () => {
    const window = new CountWindow(3, 100)
    window.record(false, false, 0)
    window.clear()
    expect([window.total, window.failures]).toEqual([0, 0])
  })
})
