import { describe, expect, it } from 'vitest'
import { CircularRequestBuffer } from '../src/index.ts'
import { FakeClock } from './fake-clock.ts'

describe('CircularRequestBuffer', () => {
  it('is empty at first', () => {
    const buffer = new CircularRequestBuffer()
    expect(buffer.getMetrics()).toEqual({ total: 0, successes: 0, failures: 0 })
    expect(buffer.capacity).toBe(1000)
    expect(buffer.cleanExpired(0)).toBe(0)
  })

  it('counts up to its capacity, then forgets the oldest', () => {
    const buffer = new CircularRequestBuffer(3)
    buffer.push({ timestamp: 1, success: false })
    buffer.push({ timestamp: 2, success: true })
    buffer.push({ timestamp: 3, success: true })
    expect(buffer.getMetrics()).toEqual({ total: 3, successes: 2, failures: 1 })
    buffer.push({ timestamp: 4, success: true })
    expect(buffer.getMetrics()).toEqual({ total: 3, successes: 3, failures: 0 })
    expect(buffer.size).toBe(3)
  })

  it('works with room for one', () => {
    const buffer = new CircularRequestBuffer(1)
    for (const success of [true, false, true, false]) {
      buffer.push({ timestamp: 0, success })
      expect(buffer.getMetrics()).toEqual({ total: 1, successes: success ? 1 : 0, failures: success ? 0 : 1 })
    }
  })

  it('drops what is older than the window by its clock, and says how many', () => {
    const clock = new FakeClock()
    const buffer = new CircularRequestBuffer(10, clock)
    for (const timestamp of [0, 100, 200, 300]) buffer.push({ timestamp, success: timestamp !== 100 })
    clock.advance(400)
    expect(buffer.cleanExpired(200)).toBe(2)
    expect(buffer.getMetrics()).toEqual({ total: 2, successes: 2, failures: 0 })
    expect(buffer.cleanExpired(200)).toBe(0)
  })

  it('keeps a record of exactly the age of the window', () => {
    const clock = new FakeClock(1000)
    const buffer = new CircularRequestBuffer(10, clock)
    buffer.push({ timestamp: 900, success: true })
    expect(buffer.cleanExpired(100)).toBe(0)
    clock.advance(1)
    expect(buffer.cleanExpired(100)).toBe(1)
  })

  it('measures age by the wall clock when none is given', () => {
    const buffer = new CircularRequestBuffer(10)
    buffer.push({ timestamp: Date.now() - 10_000, success: true })
    buffer.push({ timestamp: Date.now(), success: true })
    expect(buffer.cleanExpired(5000)).toBe(1)
  })

  it('is as new after clear', () => {
    const buffer = new CircularRequestBuffer(2)
    buffer.push({ timestamp: 1, success: false })
    buffer.push({ timestamp: 2, success: false })
    buffer.clear()
    expect(buffer.getMetrics()).toEqual({ total: 0, successes: 0, failures: 0 })
    buffer.push({ timestamp: 3, success: true })
    expect(buffer.getMetrics()).toEqual({ total: 1, successes: 1, failures: 0 })
  })

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 24 + 1])('refuses the capacity %s', (capacity) => {
    expect(() => new CircularRequestBuffer(capacity)).toThrow(RangeError)
    expect(() => new CircularRequestBuffer(capacity)).toThrow(String(capacity))
  })

  it('refuses records and windows that mean nothing', () => {
    const buffer = new CircularRequestBuffer(2)
    expect(() => buffer.push({ timestamp: Number.NaN, success: true })).toThrow('timestamp is NaN')
    expect(() => buffer.push({ timestamp: 1, success: 1 as never })).toThrow('success is 1')
    expect(() => buffer.cleanExpired(-1)).toThrow('windowMs is -1')
    expect(() => buffer.cleanExpired(Number.NaN)).toThrow(RangeError)
    expect(buffer.size).toBe(0)
  })
})
