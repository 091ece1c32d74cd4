import { describe, expect, it } from 'vitest'
import { LoadBalancer } from '../src/index.ts'
import { SessionHash } from '../src/session-hash.ts'
import { SessionTable } from '../src/session-table.ts'

const gc = (globalThis as { gc?: () => void }).gc as () => void

function settledHeap(): number {
  for (let round = 0; round < 4; round++) gc()
  return process.memoryUsage().heapUsed
}

function arrayBuffers(): number {
  for (let round = 0; round < 4; round++) gc()
  return process.memoryUsage().arrayBuffers
}

const KB = 1024

describe('memory', () => {
  it('the table is one array of 17.6 bytes per session, from the first session to the last', () => {
    const max = 100_000
    const before = arrayBuffers()
    const table = new SessionTable({ max, ttlMs: 1e9, clock: { now: () => 0 } })
    // 1.1 slots of 16 bytes, in whole buckets of 128.
    expect(table.byteLength).toBe(Math.ceil((max * 17.6) / 128) * 128)
    expect(arrayBuffers() - before).toBeLessThan(table.byteLength + 4 * KB)
    const hash = new SessionHash([1, 2, 3, 4])
    const heap = settledHeap()
    for (let n = 0; n < max; n++) {
      hash.compute(`session-${n}`, 'tenant')
      table.set(hash.a, hash.b, n & 0xff)
    }
    expect(settledHeap() - heap).toBeLessThan(200 * KB)
    expect(arrayBuffers() - before).toBeLessThan(table.byteLength + 4 * KB)
    expect(table.size()).toBeGreaterThan(99_000)
  })

  it('100 000 sessions of a balancer add nothing beyond the array: no id is retained', () => {
    const make = (max: number) =>
      new LoadBalancer(
        [
          { id: 'a', value: 1 },
          { id: 'b', value: 2 },
        ],
        { session: { max } },
      )
    const fill = (balancer: ReturnType<typeof make>) => {
      for (let n = 0; n < 300_000; n++)
        balancer.select({ sessionId: `client-${n}-with-a-long-id-of-its-own`, tenant: `t${n}` })
    }
    // Compiled code is no session's: another balancer has it compiled first.
    fill(make(1000))
    const balancer = make(100_000)
    const memory = arrayBuffers()
    balancer.select({ sessionId: 'first' })
    const heap = settledHeap()
    fill(balancer)
    // The ids would be 8 MB.
    expect(settledHeap() - heap).toBeLessThan(200 * KB)
    expect(arrayBuffers() - memory).toBeLessThan(1_760_000 + 4 * KB)
    expect(balancer.getCacheStats().size).toBeGreaterThan(99_000)
  })

  it('a balancer that never sees a session makes no table', () => {
    const memory = arrayBuffers()
    const balancers = Array.from(
      { length: 20 },
      () => new LoadBalancer([{ id: 'a', value: 1 }], { session: { max: 1e6 } }),
    )
    for (const balancer of balancers) balancer.select()
    expect(arrayBuffers() - memory).toBeLessThan(100 * KB)
    expect(balancers[0]?.getCacheStats().maxSize).toBe(1e6)
  })

  it('destroy lets go of the table, of the values and of removed endpoints', async () => {
    const memory = arrayBuffers()
    const value = (): object => ({ large: 'x' })
    const balancer = new LoadBalancer(
      [
        { id: 'a', value: value() },
        { id: 'b', value: value() },
      ],
      { session: { max: 1e5 } },
    )
    const [a, b] = balancer.endpoints().map((endpoint) => new WeakRef(endpoint.value))
    balancer.pick({ sessionId: 's' })?.done()
    balancer.remove('a')
    // WeakRef holds its target until the current job ends.
    await new Promise((resolve) => setImmediate(resolve))
    settledHeap()
    expect(a?.deref()).toBeUndefined()
    expect(b?.deref()).toBeDefined()
    balancer.destroy()
    await new Promise((resolve) => setImmediate(resolve))
    expect(arrayBuffers() - memory).toBeLessThan(100 * KB)
    expect(b?.deref()).toBeUndefined()
    expect(balancer.size).toBe(0)
  })

  it('the set does not grow by coming and going', () => {
    const balancer = new LoadBalancer<number>([], { strategy: 'least-inflight' })
    const turn = (n: number): void => {
      balancer.add({ id: `${n}`, value: n })
      balancer.pick()?.done()
      balancer.remove(`${n}`)
    }
    for (let n = 0; n < 1000; n++) turn(n)
    const heap = settledHeap()
    for (let n = 0; n < 50_000; n++) turn(n)
    expect(settledHeap() - heap).toBeLessThan(200 * KB)
  })
})
