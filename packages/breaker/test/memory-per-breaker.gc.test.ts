import { describe, expect, it } from 'vitest'
import { BreakerRegistry, CircuitBreaker } from '../src/index.ts'

const gc = globalThis.gc as () => void

async function collect(): Promise<void> {
  for (let round = 0; round < 4; round++) {
    gc()
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Bytes on and off the heap that `make` leaves behind. */
async function bytesOf(make: () => unknown): Promise<number> {
  await collect()
  const before = process.memoryUsage()
  const held = make()
  await collect()
  const after = process.memoryUsage()
  expect(held).toBeDefined()
  return after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers
}

describe('memory of many', () => {
  it('a key of a registry takes at most 256 bytes, its name included', async () => {
    const keys = 2 ** 16
    const fill = (): BreakerRegistry => {
      const registry = new BreakerRegistry({ maxKeys: keys, idleTtlMs: Number.POSITIVE_INFINITY })
      for (let i = 0; i < keys; i++) registry.success(registry.tryAcquire(`host-${i}`))
      expect(registry.size).toBe(keys)
      return registry
    }
    expect((await bytesOf(fill)) / keys).toBeLessThanOrEqual(256)
  })

  it('a registry that has seen a hundred times its keys is no larger', async () => {
    const churn = (): BreakerRegistry => {
      const registry = new BreakerRegistry({ maxKeys: 1000 })
      for (let i = 0; i < 100_000; i++) registry.success(registry.tryAcquire(`host-${i}`))
      return registry
    }
    expect(await bytesOf(churn)).toBeLessThan(1000 * 512)
  })

  it('10,000 breakers at rest take less than 5 KiB each', async () => {
    const make = (): CircuitBreaker[] =>
      Array.from({ length: 10_000 }, (_, index) => {
        const breaker = new CircuitBreaker(`b${index}`)
        breaker.success(breaker.tryAcquire())
        return breaker
      })
    const each = (await bytesOf(make)) / 10_000
    expect(each).toBeLessThan(5 * 1024)
  })

  it('permits nobody settles take no more room', async () => {
    const breaker = new CircuitBreaker('test')
    for (let i = 0; i < 100_000; i++) breaker.tryAcquire()
    const growth = await bytesOf(() => {
      for (let i = 0; i < 1_000_000; i++) breaker.tryAcquire()
      return breaker
    })
    expect(growth).toBeLessThan(256 * 1024)
  })
})
