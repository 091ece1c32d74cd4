import fc from 'fast-check'
import { expect, it } from 'vitest'
import { CircularRequestBuffer, type RequestRecord } from '../src/index.ts'
import { FakeClock } from './fake-clock.ts'

const operation = fc.oneof(
  { weight: 8, arbitrary: fc.record({ op: fc.constant('push' as const), success: fc.boolean(), after: fc.nat(50) }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('clean' as const), windowMs: fc.nat(200) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('clear' as const) }) },
)

it('the ring equals slice(-n) and a filter by age', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.array(operation, { maxLength: 60 }), (capacity, operations) => {
      const clock = new FakeClock()
      const buffer = new CircularRequestBuffer(capacity, clock)
      let naive: RequestRecord[] = []
      for (const step of operations) {
        if (step.op === 'push') {
          clock.advance(step.after)
          const record = { timestamp: clock.now(), success: step.success }
          buffer.push(record)
          naive = [...naive, record].slice(-capacity)
        } else if (step.op === 'clean') {
          const kept = naive.filter(({ timestamp }) => timestamp >= clock.now() - step.windowMs)
          expect(buffer.cleanExpired(step.windowMs)).toBe(naive.length - kept.length)
          naive = kept
        } else {
          buffer.clear()
          naive = []
        }
        const successes = naive.filter(({ success }) => success).length
        expect(buffer.getMetrics()).toEqual({ total: naive.length, successes, failures: naive.length - successes })
      }
    }),
  )
})

it('with timestamps in any order, a record leaves no later than its predecessors let it', () => {
  const anyRecord = fc.record({ timestamp: fc.integer({ min: -100, max: 100 }), success: fc.boolean() })
  fc.assert(
    fc.property(fc.array(anyRecord, { maxLength: 20 }), fc.integer({ min: -120, max: 120 }), (records, cutoff) => {
      const buffer = new CircularRequestBuffer(8)
      for (const record of records) buffer.push(record)
      const held = records.slice(-8)
      const first = held.findIndex(({ timestamp }) => timestamp >= cutoff)
      const kept = first === -1 ? [] : held.slice(first)
      expect(buffer.dropBefore(cutoff)).toBe(held.length - kept.length)
      expect(buffer.failures).toBe(kept.filter(({ success }) => !success).length)
    }),
  )
})
