import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LoadBalancer } from '../src/index.ts'

const IDS = ['a', 'b', 'c', 'd', 'e', 'f']

type Step =
  | { op: 'add' | 'remove' | 'drain' | 'enable' | 'down' | 'up'; id: string }
  | { op: 'weight'; id: string; weight: number }
  | { op: 'select'; exclude: string[] }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constantFrom('add' as const, 'remove' as const, 'drain' as const, 'enable' as const),
      id: fc.constantFrom(...IDS),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constantFrom('down' as const, 'up' as const), id: fc.constantFrom(...IDS) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant('weight' as const),
      id: fc.constantFrom(...IDS),
      weight: fc.constantFrom(0, 1, 5),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ op: fc.constant('select' as const), exclude: fc.subarray(IDS, { maxLength: 2 }) }),
  },
)

/** Takes turns by the book: of all who may serve, the one whose last turn, or joining, is longest ago. */
class NaiveTurns {
  readonly members = new Map<string, { since: number; draining: boolean; weight: number }>()
  readonly down = new Set<string>()
  #time = 0

  touch(id: string): void {
    const member = this.members.get(id)
    if (member !== undefined) member.since = ++this.#time
  }

  change(id: string, change: Partial<{ draining: boolean; weight: number }>): void {
    const member = this.members.get(id)
    if (member === undefined) return
    const before = !member.draining && member.weight > 0
    Object.assign(member, change)
    if (!before && !member.draining && member.weight > 0) this.touch(id)
  }

  select(exclude: readonly string[]): string | null {
    const usable = [...this.members]
      .filter(([id, { draining, weight }]) => !draining && weight > 0 && !this.down.has(id) && !exclude.includes(id))
      .sort(([, first], [, second]) => first.since - second.since)
    const id = usable[0]?.[0] ?? null
    if (id !== null) this.touch(id)
    return id
  }
}

describe('round robin against naive turns', () => {
  it('gives every turn to who has waited longest, through any change of the set', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const naive = new NaiveTurns()
        const balancer = new LoadBalancer<null>([], {
          strategy: 'round-robin',
          isAvailable: ({ id }) => !naive.down.has(id),
        })
        for (const step of steps) {
          if (step.op === 'select') {
            expect(balancer.select({ exclude: new Set(step.exclude) })?.id ?? null).toBe(naive.select(step.exclude))
            continue
          }
          const { id } = step
          if (step.op === 'add') {
            if (naive.members.has(id)) continue
            balancer.add({ id, value: null })
            naive.members.set(id, { since: 0, draining: false, weight: 1 })
            naive.touch(id)
          } else if (step.op === 'remove') expect(balancer.remove(id)).toBe(naive.members.delete(id))
          else if (step.op === 'down') naive.down.add(id)
          else if (step.op === 'up') naive.down.delete(id)
          else if (step.op === 'weight') {
            expect(balancer.setWeight(id, step.weight)).toBe(naive.members.has(id))
            naive.change(id, { weight: step.weight })
          } else {
            expect(balancer[step.op](id)).toBe(naive.members.has(id))
            naive.change(id, { draining: step.op === 'drain' })
          }
        }
      }),
    )
  })

  it('is fair: two endpoints that stay usable never differ by more than one pick', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const balancer = new LoadBalancer<null>(
          [
            { id: 'stays', value: null },
            { id: 'also stays', value: null },
          ],
          { strategy: 'round-robin' },
        )
        for (const step of steps) {
          const members = new Set(balancer.endpoints().map(({ id }) => id))
          if (step.op === 'select') balancer.select({ exclude: new Set(step.exclude) })
          else if (step.op === 'add' && !members.has(step.id)) balancer.add({ id: step.id, value: null })
          else if (step.op === 'remove') balancer.remove(step.id)
          else if (step.op === 'drain' || step.op === 'enable') balancer[step.op](step.id)
          const [first, second] = balancer.stats()
          expect(Math.abs((first?.picks ?? 0) - (second?.picks ?? 0))).toBeLessThanOrEqual(1)
        }
      }),
    )
  })
})
