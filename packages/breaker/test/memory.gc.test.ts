import { describe, expect, it } from 'vitest'
import { CircuitBreaker } from '../src/index.ts'
import { FakeClock } from './fake-clock.ts'

const gc = globalThis.gc as () => void

/** Lets finalisers and microtasks run between collections. */
async function collect(): Promise<void> {
  for (let round = 0; round < 4; round++) {
    gc()
    await new Promise((resolve) => setImmediate(resolve))
  }
}

async function heapAfter(work: () => Promise<void> | void): Promise<number> {
  await collect()
  const before = process.memoryUsage().heapUsed
  await work()
  await collect()
  return process.memoryUsage().heapUsed - before
}

const failing = (): Promise<never> => Promise.reject(new Error('down'))

describe('memory', () => {
  it.each([
    ['a time window', {}],
    ['a count window', { countWindowSize: 1000 }],
    ['a time limit', { timeout: 60_000 }],
  ])('10,000 calls with %s leave no measurable growth', async (_name, options) => {
    const breaker = new CircuitBreaker('test', { ...options, resetTimeout: 0 })
    const caller = new AbortController()
    const calls = async (): Promise<void> => {
      for (let i = 0; i < 10_000; i++) {
        if (i % 3 === 0) await breaker.execute(failing, () => 1)
        else if (i % 3 === 1) await breaker.run(async () => i, { signal: caller.signal })
        else await breaker.run(async () => i).catch(() => {})
      }
    }
    await calls().catch(() => {})
    const growth = await heapAfter(() => calls().catch(() => {}))
    expect(growth).toBeLessThan(256 * 1024)
  })

  it('a permit taken and settled while closed allocates nothing', async () => {
    const clock = new FakeClock()
    const breakers = [
      new CircuitBreaker('time', { clock }),
      new CircuitBreaker('count', { clock, countWindowSize: 100 }),
    ]
    const round = (): number => {
      const before = process.memoryUsage().heapUsed
      for (let i = 0; i < 10_000; i++) {
        for (const breaker of breakers) breaker.success(breaker.tryAcquire())
      }
      return (process.memoryUsage().heapUsed - before) / 20_000
    }
    // Until V8 has compiled the code, in a thread of its own and in its own time, numbers are boxed: ask until ten
    // rounds running are clean. The reading itself takes some kilobytes; one object per call is 16 B or more.
    let clean = 0
    for (let attempt = 0; attempt < 600 && clean < 10; attempt++) {
      clean = round() < 2 ? clean + 1 : 0
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    expect(clean).toBe(10)
  })

  it('a destroyed breaker is collectable, with its listeners', async () => {
    const refs: WeakRef<object>[] = []
    const use = async (): Promise<void> => {
      const breaker = new CircuitBreaker('test', { timeout: 60_000, countWindowSize: 5000 })
      const listener = (): void => {}
      breaker.on('state-change', listener)
      for (let i = 0; i < 100; i++) await breaker.run(async () => i)
      breaker.destroy()
      refs.push(new WeakRef(breaker), new WeakRef(listener))
    }
    await use()
    await collect()
    expect(refs.map((ref) => ref.deref())).toEqual([undefined, undefined])
  })

  it('a breaker that was simply dropped is collectable, too', async () => {
    const refs: WeakRef<object>[] = []
    const use = async (): Promise<void> => {
      const breaker = new CircuitBreaker('test', { timeout: 60_000 })
      await breaker.execute(failing, () => 1)
      breaker.forceState('open')
      refs.push(new WeakRef(breaker))
    }
    await use()
    await collect()
    expect(refs[0]?.deref()).toBeUndefined()
  })

  it('a call that timed out holds neither its function nor its result', async () => {
    const breaker = new CircuitBreaker('test', { timeout: 1 })
    const refs: WeakRef<object>[] = []
    const use = async (): Promise<void> => {
      const payload = { large: new Array(1000).fill(0) }
      refs.push(new WeakRef(payload))
      const keepAlive = setTimeout(() => {}, 1000)
      await breaker.run(() => new Promise((resolve) => void [resolve, payload])).catch(() => {})
      clearTimeout(keepAlive)
    }
    await use()
    await collect()
    expect(refs[0]?.deref()).toBeUndefined()
    expect(breaker.getMetrics().totals.timeouts).toBe(1)
  })
})
