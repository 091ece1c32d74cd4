import fc from 'fast-check'
import { expect, it } from 'vitest'
import { TimeWindow } from '../src/time-window.ts'

const operation = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ op: fc.constant('record' as const), success: fc.boolean(), times: fc.nat(5) }),
  },
  { weight: 6, arbitrary: fc.record({ op: fc.constant('advance' as const), ms: fc.nat(400) }) },
  // Far beyond the window: the ring turns at most once.
  { weight: 1, arbitrary: fc.record({ op: fc.constant('advance' as const), ms: fc.nat(10_000_000) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('clear' as const) }) },
)

it('the window equals a filter of all results by bucket number', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 2000 }),
      fc.nat(1_000_000),
      fc.array(operation, { maxLength: 60 }),
      (buckets, windowMs, start, operations) => {
        const bucketMs = windowMs / buckets
        let now = start
        const window = new TimeWindow(windowMs / buckets, buckets, now)
        let naive: { at: number; success: boolean }[] = []
        for (const step of operations) {
          if (step.op === 'advance') now += step.ms
          else if (step.op === 'record') {
            for (let i = 0; i < step.times; i++) {
              window.record(step.success, false, now)
              naive.push({ at: now, success: step.success })
            }
          } else {
            window.clear()
            naive = []
          }
          const oldest = Math.floor(now / bucketMs) - buckets
          const counted = naive.filter(({ at }) => Math.floor(at / bucketMs) > oldest)
          window.expire(now)
          expect(window.total).toBe(counted.length)
          expect(window.failures).toBe(counted.filter(({ success }) => !success).length)
        }
      },
    ),
  )
})
