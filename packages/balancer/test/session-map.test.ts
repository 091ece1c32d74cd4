import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SessionMap } from '../src/session-table/index.ts'
import { fakeClock } from './fixtures.ts'

describe('SessionMap', () => {
  it('remembers, prolongs, forgets', () => {
    const clock = fakeClock()
    const map = new SessionMap({ max: 100, ttlMs: 1000, clock })
    expect(map.get('a')).toBeUndefined()
    map.set('a', 65_535)
    expect([map.get('a'), map.peek('a'), map.count(), map.max]).toEqual([65_535, 65_535, 1, 100])
    clock.time += 900
    expect(map.get('a')).toBe(65_535)
    clock.time += 900
    expect(map.peek('a')).toBe(65_535)
    clock.time += 900
    expect(map.get('a')).toBeUndefined()
    map.set('b', 0)
    expect([map.delete('b'), map.delete('b'), map.get('b')]).toEqual([true, false, undefined])
  })

  it('ends a life at the greatest age, however often it was used', () => {
    const clock = fakeClock()
    const map = new SessionMap({ max: 10, ttlMs: 1000, maxAgeMs: 3000, clock })
    map.set('a', 7)
    for (; clock.time < 2900; clock.time += 100) expect(map.get('a')).toBe(7)
    clock.time = 3100
    expect(map.get('a')).toBeUndefined()
  })

  it('keeps tenants apart, and takes any string', () => {
    const map = new SessionMap({ max: 100, ttlMs: 1000 })
    const ids = ['', '__proto__', 'x'.repeat(65_536), 'ab']
    for (const [value, id] of ids.entries()) map.set(id, value, 'one')
    expect(ids.map((id) => map.get(id, 'one'))).toEqual([0, 1, 2, 3])
    expect(ids.map((id) => map.get(id, 'two'))).toEqual([undefined, undefined, undefined, undefined])
    expect(map.get('b', 'onea')).toBeUndefined()
  })

  it('asks for a number once, also when it is used meanwhile', () => {
    const map = new SessionMap({ max: 100, ttlMs: 1000 })
    const choose = (): number => {
      map.set('other', 9)
      return 4
    }
    expect(map.getOrInsertComputed('a', choose)).toBe(4)
    expect(map.getOrInsertComputed('a', () => 5)).toBe(4)
    expect(map.get('other')).toBe(9)
    expect(() => map.getOrInsertComputed('b', () => -1)).toThrow(RangeError)
    expect(map.get('b')).toBeUndefined()
  })

  it('clears', () => {
    const clock = fakeClock()
    const map = new SessionMap({ max: 100, ttlMs: 1000, clock })
    for (let id = 0; id < 50; id++) map.set(`${id}`, id)
    clock.time += 5000
    expect([map.count(), map.clearExpired()]).toEqual([0, 50])
    map.set('a', 1)
    map.clear()
    expect(map.get('a')).toBeUndefined()
    expect(map.byteLength).toBeGreaterThan(0)
  })

  it('answers as a Map does, within its bound', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat({ max: 60 }), fc.nat({ max: 65_535 }), fc.nat({ max: 3 }))), (steps) => {
        const map = new SessionMap({ max: 1000, ttlMs: 1000, seed: [1, 2, 3, 4], clock: fakeClock() })
        const naive = new Map<string, number>()
        for (const [key, value, kind] of steps) {
          const id = `session-${key}`
          if (kind === 0) expect(map.delete(id)).toBe(naive.delete(id))
          else if (kind === 1) {
            map.set(id, value)
            naive.set(id, value)
          } else if (kind === 2) {
            if (!naive.has(id)) naive.set(id, value)
            expect(map.getOrInsertComputed(id, () => value)).toBe(naive.get(id))
          } else expect(map.get(id)).toBe(naive.get(id))
        }
        expect(map.count()).toBe(naive.size)
      }),
    )
    const small = new SessionMap({ max: 20, ttlMs: 1e6 })
    for (let id = 0; id < 500; id++) small.set(`${id}`, id)
    expect(small.count()).toBeLessThanOrEqual(20)
    expect(small.get('499')).toBe(499)
  })

  it.each([
    [{ ttlMs: 1 }, TypeError, 'options.max must be an integer from 1 to 50000000, got undefined'],
    [{ max: 0, ttlMs: 1 }, RangeError, 'options.max'],
    [{ max: 1, ttlMs: Number.NaN }, RangeError, 'options.ttlMs'],
    [{ max: 1, ttlMs: 1, maxAgeMs: 0 }, RangeError, 'options.maxAgeMs'],
    [{ max: 1, ttlMs: 1, seed: [1] }, TypeError, 'options.seed'],
    [{ max: 1, ttlMs: 1, clock: {} }, TypeError, 'options.clock'],
    [{ max: 1, ttl: 1 }, TypeError, 'did you mean "ttlMs"?'],
    [null, TypeError, 'options must be an object'],
  ])('refuses %j', (options, type, message) => {
    const make = (): SessionMap => new SessionMap(options as never)
    expect(make).toThrow(type)
    expect(make).toThrow(message)
  })

  it.each([-1, 65_536, 0.5, Number.NaN, '1', undefined])(
    'refuses the value %s, and ids that are no strings',
    (value) => {
      const map = new SessionMap({ max: 1, ttlMs: 1 })
      expect(() => map.set('a', value as number)).toThrow('value must be an integer from 0 to 65535')
      expect(() => map.get(1 as never)).toThrow('id must be a string')
      expect(() => map.get('a', 1 as never)).toThrow('tenant must be a string')
    },
  )
})
