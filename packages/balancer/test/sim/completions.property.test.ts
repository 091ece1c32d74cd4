import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Completions } from '../../src/sim/completions.ts'

test('comes out in order of time, and of scheduling at equal times', () => {
  const step = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constant('pop' as const))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const heap = new Completions()
      const model: { time: number; payload: number }[] = []
      for (const [payload, what] of steps.entries()) {
        if (what === 'pop') {
          if (model.length === 0) continue
          const first = model.toSorted((one, other) => one.time - other.time || one.payload - other.payload)[0]
          expect(heap.next).toBe(first?.time)
          expect(heap.pop()).toBe(first?.payload)
          model.splice(model.indexOf(first as (typeof model)[number]), 1)
        } else {
          heap.push(what, payload)
          model.push({ time: what, payload })
        }
        expect(heap.size).toBe(model.length)
      }
    }),
  )
  expect(new Completions().next).toBe(Number.POSITIVE_INFINITY)
})
