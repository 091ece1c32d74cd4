import { describe, expect, test } from 'vitest'
import { VirtualTime } from './virtual-time.ts'

describe('virtual time', () => {
  test('replaces both clocks and the timers, and puts them back', async () => {
    const before = [Date.now, performance.now, setTimeout, setInterval, clearTimeout, clearInterval]
    const time = new VirtualTime()
    time.install()
    const seen: string[] = []
    try {
      const start = Date.now()
      setTimeout(() => seen.push(`once at ${performance.now()}`), 250).unref()
      const every = setInterval(() => seen.push(`every at ${performance.now()}`), 100)
      const never = setTimeout(() => seen.push('never'), 50)
      clearTimeout(never)
      await time.advance(300)
      clearInterval(every)
      await time.advance(1000)
      time.jumpWallClock(-5000)
      expect(performance.now()).toBe(1300)
      expect(Date.now() - start).toBe(1300 - 5000)
    } finally {
      time.uninstall()
    }
    expect(seen).toEqual(['every at 100', 'every at 200', 'once at 250', 'every at 300'])
    expect([Date.now, performance.now, setTimeout, setInterval, clearTimeout, clearInterval]).toEqual(before)
  })
})
