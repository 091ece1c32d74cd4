import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CostTree } from '../src/selection/cost-tree.ts'
import { XorShift } from '../src/selection/xorshift.ts'
import { countOf, seededRandom } from './fixtures.ts'

const random = new XorShift(seededRandom(7))

describe('CostTree against a list', () => {
  it('finds a position of the least cost, and of the least that is accepted', () => {
    const change = fc.record({ position: fc.nat({ max: 99 }), cost: fc.constantFrom(1, 2, 2, 3.5, 8, 100, Infinity) })
    fc.assert(
      fc.property(fc.array(change, { maxLength: 150 }), fc.func(fc.boolean()), (changes, accepts) => {
        const tree = new CostTree()
        tree.grow(100)
        const costs: number[] = Array(100).fill(Infinity)
        for (const { position, cost } of changes) {
          tree.set(position, cost)
          costs[position] = cost
          const least = Math.min(...costs)
          expect(tree.least).toBe(least)
          const found = tree.find(100, random)
          if (least === Infinity) expect(found).toBe(-1)
          else expect(costs[found]).toBe(least)
        }
        const open = costs.flatMap((cost, position) => (cost < Infinity && accepts(position) ? [cost] : []))
        const accepted = tree.findAccepted(accepts, 100, random)
        if (open.length === 0) expect(accepted).toBe(-1)
        else expect([costs[accepted], accepts(accepted)]).toEqual([Math.min(...open), true])
      }),
    )
  })

  it('asks in ascending order: once when the first is accepted, not at all when there is none', () => {
    const tree = new CostTree()
    for (let position = 0; position < 16; position++) tree.set(position, 16 - position)
    const asked: number[] = []
    const accepted = tree.findAccepted(
      (position) => {
        asked.push(position)
        return position <= 12
      },
      16,
      random,
    )
    expect([accepted, asked]).toEqual([12, [15, 14, 13, 12]])
    expect(new CostTree().findAccepted(() => expect.unreachable(), 0, random)).toBe(-1)
  })

  it('draws between equals, evenly when all are equal, for any number of positions', () => {
    for (const count of [1, 2, 3, 10, 16, 17, 100]) {
      const tree = new CostTree()
      tree.grow(count)
      for (let position = 0; position < count; position++) tree.set(position, 5)
      for (const find of [() => tree.find(count, random), () => tree.findAccepted(() => true, count, random)]) {
        const counts = countOf(Array.from({ length: 300 * count }, find))
        expect(counts.size).toBe(count)
        expect(Math.max(...counts.values())).toBeLessThan(400)
        expect(Math.min(...counts.values())).toBeGreaterThan(210)
      }
    }
  })
})
