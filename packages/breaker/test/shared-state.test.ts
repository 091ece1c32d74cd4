import { describe, expect, it } from 'vitest'
import { CircuitBreaker, MemoryStateStore, SharedCircuit, type SharedStateStore } from '../src/index.ts'
import { FakeClock } from './fake-clock.ts'

function fleet(size: number, quorum: number) {
  const clock = new FakeClock()
  const store = new MemoryStateStore({ clock })
  return {
    clock,
    store,
    instances: Array.from({ length: size }, (_, index) => {
      const breaker = new CircuitBreaker('orders', { clock, consecutiveFailures: 1, resetTimeout: 1000 })
      return { breaker, shared: new SharedCircuit(breaker, store, { instance: `i${index}`, quorum }) }
    }),
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('MemoryStateStore keeps the contract', () => {
  it('replaces reports, forgets them, and counts waits down', async () => {
    const clock = new FakeClock()
    const store = new MemoryStateStore({ clock })
    await store.report('c', { instance: 'a', state: 'open', remainingMs: 500 }, 1000)
    await store.report('c', { instance: 'b', state: 'closed', remainingMs: 0 }, 200)
    await store.report('c', { instance: 'a', state: 'open', remainingMs: 400 }, 1000)
    clock.advance(300)
    expect(await store.read('c')).toEqual([{ instance: 'a', state: 'open', remainingMs: 100 }])
    clock.advance(700)
    expect(await store.read('c')).toEqual([])
    expect(await store.read('unknown')).toEqual([])
  })

  it('gives a lease to one holder until it is released or over', async () => {
    const clock = new FakeClock()
    const store = new MemoryStateStore({ clock })
    expect(await store.tryLease('c', 'a', 100)).toBe(true)
    expect(await store.tryLease('c', 'b', 100)).toBe(false)
    expect(await store.tryLease('c', 'a', 100)).toBe(true)
    await store.release('c', 'b')
    expect(await store.tryLease('c', 'b', 100)).toBe(false)
    await store.release('c', 'a')
    expect(await store.tryLease('c', 'b', 100)).toBe(true)
    clock.advance(100)
    expect(await store.tryLease('c', 'a', 100)).toBe(true)
  })
})

describe('SharedCircuit', () => {
  it('one sick instance does not open the circuit of all; a quorum does, for what is left of the wait', async () => {
    const { clock, instances } = fleet(3, 2)
    const [a, b, c] = instances as [(typeof instances)[0], (typeof instances)[0], (typeof instances)[0]]
    a.breaker.failure(a.breaker.tryAcquire())
    await turn()
    await c.shared.refresh()
    expect(c.breaker.getState()).toBe('closed')
    clock.advance(200)
    b.breaker.failure(b.breaker.tryAcquire())
    await turn()
    clock.advance(100)
    await c.shared.refresh()
    expect(c.breaker.getState()).toBe('open')
    expect(c.breaker.retryAfterMs()).toBe(900)
  })

  it('an opening that only follows others is no vote', async () => {
    const { instances } = fleet(3, 1)
    const [a, b] = instances as [(typeof instances)[0], (typeof instances)[0]]
    a.breaker.failure(a.breaker.tryAcquire())
    await turn()
    await b.shared.refresh()
    expect(b.breaker.getState()).toBe('open')
    await b.shared.refresh()
    a.breaker.reset()
    b.breaker.reset()
    await turn()
    await b.shared.refresh()
    expect(b.breaker.getState()).toBe('closed')
  })

  it('one instance probes at a time', async () => {
    const { clock, instances } = fleet(2, 1)
    const [a, b] = instances as [(typeof instances)[0], (typeof instances)[0]]
    for (const { breaker } of instances) breaker.failure(breaker.tryAcquire())
    clock.advance(1000)
    const finish: (() => void)[] = []
    const probe = a.shared.run(() => new Promise<void>((done) => finish.push(done)))
    await turn()
    await expect(b.shared.run(() => 1)).rejects.toMatchObject({ code: 'ERR_CIRCUIT_OPEN', state: 'half_open' })
    finish[0]?.()
    await probe
    for (let i = 0; i < 2; i++) await a.shared.run(() => 1)
    expect(a.breaker.getState()).toBe('closed')
    expect(await b.shared.run(() => 1)).toBe(1)
  })

  it('a store that is down stops no calls', async () => {
    const down = (): Promise<never> => Promise.reject(new Error('store is down'))
    const store: SharedStateStore = { report: down, read: down, tryLease: down, release: down }
    const breaker = new CircuitBreaker('orders', { consecutiveFailures: 1, resetTimeout: 0, halfOpenMaxRequests: 1 })
    const shared = new SharedCircuit(breaker, store, { instance: 'a' })
    breaker.failure(breaker.tryAcquire())
    expect(await shared.run(() => 1)).toBe(1)
    await expect(shared.refresh()).rejects.toThrow('store is down')
    shared[Symbol.dispose]()
  })

  it('refuses bad options', () => {
    const breaker = new CircuitBreaker('orders')
    const store = new MemoryStateStore()
    expect(() => new SharedCircuit(breaker, store, { instance: '' })).toThrow('instance is missing')
    expect(() => new SharedCircuit(breaker, store, { instance: 'a', quorum: 0 })).toThrow('quorum is 0')
  })
})
