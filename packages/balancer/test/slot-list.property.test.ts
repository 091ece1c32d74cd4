import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SlotList } from '../src/selection/slot-list.ts'

const step = fc.record({
  op: fc.constantFrom('add' as const, 'remove' as const, 'block' as const, 'unblock' as const),
  slot: fc.nat({ max: 40 }),
})

describe('SlotList against two sets', () => {
  it('keeps the candidates in front and the blocked behind, and reports every position with a new holder', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const holders: number[] = []
        const list: SlotList = new SlotList((position) => {
          holders[position] = list.slots[position] as number
        })
        const active = new Set<number>()
        const blocked = new Set<number>()
        for (const { op, slot } of steps) {
          const known = active.has(slot) || blocked.has(slot)
          if (op === 'add') {
            if (known) continue
            list.add(slot)
            active.add(slot)
          } else if (op === 'remove') {
            list.remove(slot)
            active.delete(slot)
            blocked.delete(slot)
          } else {
            list.block(slot, op === 'block')
            if (known) (op === 'block' ? active : blocked).delete(slot)
            if (known) (op === 'block' ? blocked : active).add(slot)
          }
          const slots = [...list.slots.subarray(0, list.size)]
          expect(new Set(slots.slice(0, list.active))).toEqual(active)
          expect(new Set(slots.slice(list.active))).toEqual(blocked)
          expect(holders.slice(0, list.size)).toEqual(slots)
          for (const [position, held] of slots.entries()) expect(list.position(held)).toBe(position)
        }
      }),
    )
  })
})
