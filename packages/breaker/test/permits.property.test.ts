import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { current, notInFlight, outdated, PermitSequence, sequenceEnd } from '../src/permit-sequence.ts'
import { PermitSlab } from '../src/permit-slab.ts'

const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ op: fc.constant('take' as const), times: fc.integer({ min: 1, max: 70 }) }) },
  { weight: 8, arbitrary: fc.record({ op: fc.constant('settle' as const), which: fc.nat(500) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('outdate' as const) }) },
)

describe.each([
  ['PermitSequence', () => new PermitSequence()],
  ['PermitSlab', () => new PermitSlab()],
])('%s', (_name, make) => {
  it('settles each permit once, and knows which were outdated', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const permits = make()
        const given: { permit: number; generation: number; settled: boolean }[] = []
        let generation = 0
        for (const { op, ...rest } of steps) {
          if (op === 'take') {
            for (let i = 0; i < ('times' in rest ? rest.times : 0); i++) {
              const permit = permits.take()
              expect(permit > 0 && (permit | 0) === permit).toBe(true)
              const holder = given.find((other) => other.permit === permit && !other.settled)
              expect(holder).toBeUndefined()
              given.push({ permit, generation, settled: false })
            }
          } else if (op === 'outdate') {
            permits.outdate()
            generation++
          } else if (given.length > 0) {
            const call = given[('which' in rest ? rest.which : 0) % given.length]
            if (call === undefined || given.some((other) => other !== call && other.permit === call.permit)) continue
            const found = permits.settle(call.permit)
            if (call.generation === generation) expect(found).toBe(call.settled ? notInFlight : current)
            // A sequence does not look whether an outdated permit was settled: its result means nothing anyway.
            else expect(found === current).toBe(false)
            call.settled = true
          }
        }
      }),
    )
  })

  it('takes numbers that are no permits for none', () => {
    const permits = make()
    for (const wrong of [0, -1, 0.5, Number.NaN, 999, 2 ** 31, 2 ** 40, Number.POSITIVE_INFINITY]) {
      expect(permits.settle(wrong)).not.toBe(current)
      permits.take()
    }
  })
})

describe('PermitSequence', () => {
  it('notices a second settlement among the latest 65,536', () => {
    const permits = new PermitSequence()
    const batch = Array.from({ length: 200_000 }, () => permits.take())
    const recent = batch.slice(-65_000)
    for (const permit of recent) expect(permits.settle(permit)).toBe(current)
    for (const permit of recent) expect(permits.settle(permit)).toBe(notInFlight)
    // Nobody knows about older ones; they are believed.
    expect(permits.settle(batch[0] ?? 0)).toBe(current)
  })

  it('outdates what was given, and begins at 1', () => {
    const permits = new PermitSequence()
    const permit = permits.take()
    expect(permit).toBe(1)
    permits.outdate()
    expect(permits.settle(permit)).toBe(outdated)
    expect(permits.settle(permits.take())).toBe(current)
  })

  it('begins anew at its end, and still knows the calls in flight', () => {
    const permits = new PermitSequence(sequenceEnd - 40)
    const before = Array.from({ length: 39 }, () => permits.take())
    expect(before.at(-1)).toBe(sequenceEnd - 1)
    const after = permits.take()
    expect(after).toBe(1)
    expect(permits.settle(before[0] ?? 0)).toBe(current)
    expect(permits.settle(after)).toBe(current)
    expect(permits.settle(after)).toBe(notInFlight)
    permits.outdate()
    expect(permits.settle(before[1] ?? 0)).not.toBe(current)
  })
})

describe('PermitSlab', () => {
  it('keeps a permit outdated until it is settled, then lends its slot again', () => {
    const slab = new PermitSlab()
    const permit = slab.take()
    slab.outdate()
    expect(slab.settle(permit)).toBe(outdated)
    expect(slab.settle(permit)).toBe(notInFlight)
    expect(PermitSlab.slotOf(slab.take())).toBe(PermitSlab.slotOf(permit))
  })

  it('gives a slot another number 4,096 times', () => {
    const slab = new PermitSlab()
    const seen = new Set<number>()
    for (let i = 0; i < 4096; i++) {
      const permit = slab.take()
      seen.add(permit)
      slab.settle(permit)
    }
    expect(seen.size).toBe(4096)
    expect(seen.has(slab.take())).toBe(true)
  })

  it('with every slot taken, the oldest permit makes room', () => {
    const slab = new PermitSlab()
    const first = slab.take()
    for (let i = 1; i < 2 ** 18; i++) slab.take()
    expect(slab.slots).toBe(2 ** 18)
    const extra = slab.take()
    expect(slab.settle(first)).toBe(notInFlight)
    expect(slab.settle(extra)).toBe(current)
  })
})
