import { describe, expect, it } from 'vitest'
import { LoadBalancer } from '../src/index.ts'

const gc = (globalThis as { gc?: () => void }).gc as () => void
const KB = 1024

// A file of its own, hence a process of its own: a second kind of clock in it would make the compiler box its readings.
describe('allocation', () => {
  const classic = ['round-robin', 'weighted', 'least-inflight', 'random', 'p2c', 'p2c-ewma', 'auto'] as const
  const hashing = ['rendezvous', 'ring', 'maglev', 'bounded-rendezvous'] as const
  for (const strategy of [...classic, ...hashing]) {
    it(`select allocates nothing in the steady state: ${strategy}`, () => {
      const endpoints = Array.from({ length: 10 }, (_, n) => ({ id: `${n}`, value: n, weight: 1 + (n % 3) }))
      const balancer = new LoadBalancer(endpoints, {
        strategy,
        // The real clock, whose readings have fractions: boxed they would be 16 bytes each.
        random: () => 0.5,
        isAvailable: (endpoint) => endpoint.value !== 4,
        session: { max: 100 },
      })
      // A third known, a third always new (max 100), a third without a session.
      const requests = Array.from({ length: 999 }, (_, n) => ({
        sessionId: n % 3 === 0 ? `known ${n % 20}` : n % 3 === 1 ? `new ${n}` : undefined,
        tenant: 't',
      }))
      // No for…of: its iterator would allocate until the compiler removes it.
      const round = (): void => {
        for (let time = 0; time < 99_900; time++) balancer.select(requests[time % 999])
      }
      let least = Number.POSITIVE_INFINITY
      // Numbers are boxed until the optimizing compiler has settled; how many rounds that takes is its own affair.
      for (let attempt = 0; attempt < 150 && least >= 48 * KB; attempt++) {
        gc()
        const before = process.memoryUsage().heapUsed
        round()
        least = Math.min(least, process.memoryUsage().heapUsed - before)
      }
      // 99 900 selects: less than half a byte each, which is what the measuring itself leaves behind.
      expect(least).toBeLessThan(48 * KB)
    })
  }
})
