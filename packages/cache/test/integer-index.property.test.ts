import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { IntegerIndex } from '../src/integer-index.ts'
import { KeyIndex } from '../src/key-index.ts'

/** Keys that all begin at the same place of an index made for that capacity with seed 0. */
function colliding(capacity: number, count: number): number[] {
  const bits = Math.max(3, 33 - Math.clz32(capacity - 1))
  const keys: number[] = []
  for (let key = 1; keys.length < count; key++) if (Math.imul(key, 0x9e3779b1) >>> (32 - bits) === 5) keys.push(key)
  return keys
}

const integer = fc.oneof(
  fc.integer({ min: -3, max: 60 }),
  fc.integer(),
  fc.constantFrom(0, -1, 2 ** 31 - 1, -(2 ** 31)),
)
const step = fc.tuple(fc.constantFrom('set', 'set', 'delete', 'clear'), integer)

describe('IntegerIndex', () => {
  it('does what a Map does', () => {
    const property = fc.property(fc.integer(), fc.array(step, { size: 'max', maxLength: 300 }), (seed, steps) => {
      const capacity = 40
      const index = new IntegerIndex(capacity, seed)
      const map = new Map<number, number>()
      for (const [what, key] of steps) {
        expect(index.find(key)).toBe(map.get(key) ?? 0)
        if (what === 'clear' && key < 0) {
          index.clear()
          map.clear()
        } else if (what === 'delete') {
          expect(index.delete(key)).toBe(map.delete(key))
        } else if (!map.has(key) && map.size < capacity) {
          expect(index.insert(key, map.size + 1)).toBe(true)
          map.set(key, map.size + 1)
        }
        expect(index.size).toBe(map.size)
      }
      for (const [key, slot] of map) expect(index.find(key)).toBe(slot)
      expect(new Map(index.pairs())).toEqual(map)
    })
    fc.assert(property, { numRuns: 200 })
  })

  it('refuses a key after 32 places, and moves the others up when one of them leaves', () => {
    const index = new IntegerIndex(1000, 0)
    const keys = colliding(1000, 40)
    const taken = keys.filter((key, i) => index.find(key) === 0 && index.insert(key, i + 1))
    expect(taken).toEqual(keys.slice(0, 32))
    expect(index.delete(keys[35] as number)).toBe(false)
    expect(index.delete(keys[3] as number)).toBe(true)
    expect(index.find(keys[35] as number)).toBe(0)
    expect(index.insert(keys[35] as number, 36)).toBe(true)
    for (const key of taken) expect(index.find(key)).toBe(key === keys[3] ? 0 : keys.indexOf(key) + 1)
  })

  it('holds as many keys as it is for', () => {
    for (const capacity of [1, 2, 5, 64, 1000]) {
      const index = new IntegerIndex(capacity)
      let taken = 0
      for (let key = 0; key < capacity; key++) if (index.find(key) === 0 && index.insert(key, key + 1)) taken++
      expect(taken).toBe(capacity)
    }
  })
})

describe('KeyIndex', () => {
  it('does what a Map does, whatever the keys', () => {
    const key = fc.oneof(integer, fc.constantFrom<unknown>('', '1', NaN, -0, 2 ** 32, 2 ** 31, 0.5, '__proto__', null))
    const property = fc.property(fc.array(fc.tuple(fc.boolean(), key), { size: 'max', maxLength: 200 }), (steps) => {
      const index = new KeyIndex<unknown>(100)
      const map = new Map<unknown, number>()
      for (const [store, k] of steps) {
        expect(index.find(k)).toBe(map.get(k) ?? 0)
        if (store && !map.has(k) && map.size < 100) {
          index.insert(k, map.size + 1)
          map.set(k, map.size + 1)
        } else if (!store && map.delete(k)) index.delete(k)
      }
      expect(new Map(index.pairs())).toEqual(map)
    })
    fc.assert(property, { numRuns: 150 })
  })
})
