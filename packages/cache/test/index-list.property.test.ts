import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { IndexList } from '../src/index-list.ts'

const CAPACITY = 6

function newestFirst(list: IndexList): number[] {
  const slots: number[] = []
  for (let slot = list.newest; slot !== 0; slot = list.older(slot)) slots.push(slot)
  return slots
}

describe('IndexList', () => {
  it('is an array of slots, newest first', () => {
    const step = fc.tuple(fc.constantFrom('insert', 'move', 'remove', 'clear'), fc.nat(CAPACITY - 1))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const list = new IndexList(CAPACITY)
        let naive: number[] = []
        for (const [what, at] of steps) {
          const chosen = naive[at % Math.max(1, naive.length)]
          if (what === 'clear' && at === 0) {
            list.clear()
            naive = []
          } else if (what === 'insert') {
            if (naive.length === CAPACITY) expect(() => list.insert()).toThrow('All 6 slots are taken')
            else {
              const slot = list.insert()
              expect(naive).not.toContain(slot)
              expect(slot).toBeGreaterThanOrEqual(1)
              expect(slot).toBeLessThanOrEqual(CAPACITY)
              naive.unshift(slot)
            }
          } else if (chosen !== undefined) {
            naive = naive.filter((slot) => slot !== chosen)
            if (what === 'move') {
              list.moveToNewest(chosen)
              naive.unshift(chosen)
            } else list.remove(chosen)
          }
          expect(newestFirst(list)).toEqual(naive)
          expect(list.length).toBe(naive.length)
          expect(list.oldest).toBe(naive.at(-1) ?? 0)
          expect(list.freeSlots().filter((slot) => naive.includes(slot))).toEqual([])
        }
      }),
      { numRuns: 300 },
    )
  })
})
