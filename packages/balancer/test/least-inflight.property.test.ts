import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LeastInflight } from '../src/selection/least-inflight.ts'
import { candidates } from './fixtures.ts'

type Step =
  | { op: 'add' | 'remove' | 'acquire' | 'release'; slot: number }
  | { op: 'jump'; slot: number; inflight: number }
  | { op: 'pick'; out: number[]; lease: boolean }

const slot = fc.nat({ max: 20 })

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      op: fc.constantFrom('add' as const, 'remove' as const, 'acquire' as const, 'release' as const),
      slot,
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('jump' as const), slot, inflight: fc.nat({ max: 70 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      op: fc.constant('pick' as const),
      out: fc.array(slot, { maxLength: 6 }),
      lease: fc.boolean(),
    }),
  },
)

describe('least in-flight against a scan', () => {
  it('picks the least loaded, among equals the one that has waited longest, and moves with every change', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const selection = new LeastInflight()
        const naive = new Map<number, { inflight: number; since: number }>()
        let time = 0
        const move = (slot: number, inflight: number): void => {
          const member = naive.get(slot)
          selection.moved(slot, inflight)
          if (member === undefined) return
          member.inflight = inflight
          member.since = ++time
        }
        for (const step of steps) {
          if (step.op === 'pick') {
            let best = -1
            for (const [slot, { inflight, since }] of naive) {
              const leader = naive.get(best)
              if (step.out.includes(slot)) continue
              const earlier =
                leader === undefined ||
                inflight < leader.inflight ||
                (inflight === leader.inflight && since < leader.since)
              if (earlier) best = slot
            }
            expect(
              selection.pick(
                candidates((slot) => !step.out.includes(slot)),
                undefined,
              ),
            ).toBe(best)
            const member = naive.get(best)
            if (member === undefined) continue
            member.since = ++time
            if (step.lease) move(best, member.inflight + 1)
            continue
          }
          const member = naive.get(step.slot)
          if (step.op === 'add') {
            if (member !== undefined) continue
            const inflight = step.slot % 3
            selection.add(step.slot, 1, inflight)
            naive.set(step.slot, { inflight, since: ++time })
          } else if (step.op === 'remove') {
            if (naive.delete(step.slot)) selection.remove(step.slot)
          } else if (step.op === 'jump') move(step.slot, step.inflight)
          else if (step.op === 'acquire') move(step.slot, (member?.inflight ?? 0) + 1)
          else if (member === undefined || member.inflight > 0) move(step.slot, (member?.inflight ?? 1) - 1)
        }
      }),
    )
  })

  it('costs one question and no scan per pick and release, whatever the number of endpoints', () => {
    const selection = new LeastInflight()
    for (let slot = 0; slot < 5000; slot++) selection.add(slot, 1, 0)
    let asked = 0
    const everyone = candidates(() => {
      asked++
      return true
    })
    for (let pick = 0; pick < 20_000; pick++) {
      const slot = selection.pick(everyone, undefined)
      selection.moved(slot, Math.floor(pick / 5000) + 1)
    }
    expect(asked).toBe(20_000)
  })
})
