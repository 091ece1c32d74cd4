import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ClockPolicy } from '../../src/policies/clock.ts'

/** The definition: a queue of keys with a bit each. */
class NaiveClock {
  readonly queue: { key: number; used: boolean }[] = []

  touch(key: number): void {
    for (const entry of this.queue) if (entry.key === key) entry.used = true
  }

  evict(): number {
    for (;;) {
      const oldest = this.queue.shift()
      if (oldest === undefined) throw new Error('empty')
      if (!oldest.used) return oldest.key
      this.queue.push({ key: oldest.key, used: false })
    }
  }
}

describe('ClockPolicy', () => {
  it('evicts what a queue with one bit per entry evicts', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.array(fc.nat(150), { maxLength: 600 }), (max, keys) => {
        const policy = new ClockPolicy(max)
        const naive = new NaiveClock()
        const slots = new Map<number, number>()
        const keyOf: number[] = []
        for (const key of keys) {
          const slot = slots.get(key)
          if (slot !== undefined) {
            policy.touch(slot)
            naive.touch(key)
            continue
          }
          if (slots.size === max) {
            const victim = policy.victim()
            expect(keyOf[victim]).toBe(naive.evict())
            slots.delete(keyOf[victim] as number)
            policy.remove(victim)
          }
          const taken = policy.insert()
          keyOf[taken] = key
          slots.set(key, taken)
          naive.queue.push({ key, used: false })
          expect(policy.size).toBe(slots.size)
        }
      }),
    )
  })

  it('never names a slot that was given back', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(3), fc.nat(63)), { maxLength: 400 }), (steps) => {
        const policy = new ClockPolicy(64)
        const held = new Set<number>()
        for (const [what, number] of steps) {
          const slot = [...held][number % Math.max(1, held.size)]
          if (what === 0 && slot !== undefined) policy.touch(slot)
          else if (what === 1 && slot !== undefined) {
            policy.remove(slot)
            held.delete(slot)
          } else if (what === 2) {
            const victim = policy.victim()
            expect(held.has(victim) || (victim === 0 && held.size === 0)).toBe(true)
          } else if (held.size < 64) {
            held.add(policy.insert())
          }
          const walked: number[] = []
          for (let at = policy.first(); at !== 0; at = policy.after(at)) walked.push(at)
          expect(walked.sort((a, b) => a - b)).toEqual([...held].sort((a, b) => a - b))
        }
      }),
    )
  })

  it('starts anew after clear', () => {
    const policy = new ClockPolicy(3)
    for (let count = 0; count < 3; count++) policy.touch(policy.insert())
    policy.clear()
    expect([policy.size, policy.victim(), policy.first(), policy.freeSlots()]).toEqual([0, 0, 0, []])
    expect(policy.insert()).toBe(1)
  })
})
