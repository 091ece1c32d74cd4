import { describe, expect, it } from 'vitest'
import { BreakerRegistry, type BreakerRegistryOptions, type StateChangeEvent } from '../src/index.ts'
import { FakeClock } from './fake-clock.ts'

function make(options: BreakerRegistryOptions = {}): { clock: FakeClock; registry: BreakerRegistry } {
  const clock = new FakeClock(1000)
  return { clock, registry: new BreakerRegistry({ clock, consecutiveFailures: 1, resetTimeout: 100, ...options }) }
}

describe('BreakerRegistry', () => {
  it('opens one key and no other', () => {
    const { registry } = make()
    registry.failure(registry.tryAcquire('a'))
    registry.success(registry.tryAcquire('b'))
    expect([registry.getState('a'), registry.getState('b'), registry.getState('never seen')]).toEqual([
      'open',
      'closed',
      'closed',
    ])
    expect(registry.tryAcquire('a')).toBe(0)
    expect(registry.retryAfterMs('a')).toBe(100)
    expect(registry.totals()).toEqual({ keys: 2, rejected: 1, opens: 1, evicted: 0 })
    expect(registry.snapshot().map(({ key, state }) => [key, state])).toEqual([
      ['a', 'open'],
      ['b', 'closed'],
    ])
  })

  it('tells of changes after they are complete, so that a listener may ask about any key', () => {
    const { registry } = make()
    const changes: [StateChangeEvent['name'], string, string][] = []
    registry.onStateChange = ({ name, to }) => {
      registry.success(registry.tryAcquire('other'))
      changes.push([name, to, registry.getState(name)])
    }
    registry.failure(registry.tryAcquire('a'))
    expect(changes).toEqual([['a', 'open', 'open']])
    expect(registry.getState('other')).toBe('closed')
  })

  it('keeps the number of keys it was given: the one used longest ago goes', () => {
    const { registry } = make({ maxKeys: 2 })
    registry.failure(registry.tryAcquire('a'))
    const permit = registry.tryAcquire('b')
    registry.tryAcquire('a')
    registry.tryAcquire('c')
    expect(registry.size).toBe(2)
    expect(registry.snapshot().map(({ key }) => key)).toEqual(['a', 'c'])
    expect(registry.totals().evicted).toBe(1)
    // Its slot serves another key now: the result must not land there.
    registry.failure(permit)
    expect([registry.getState('c'), registry.getState('b')]).toEqual(['closed', 'closed'])
  })

  it('forgets keys that are idle for too long when others come', () => {
    const { registry, clock } = make({ idleTtlMs: 10_000 })
    for (const key of ['a', 'b', 'c']) registry.tryAcquire(key)
    clock.advance(12_000)
    registry.tryAcquire('d')
    expect(registry.snapshot().map(({ key }) => key)).toEqual(['c', 'd'])
  })

  it('runs functions', async () => {
    const { registry } = make()
    expect(await registry.run('a', () => 1)).toBe(1)
    await expect(registry.run('a', () => Promise.reject(new Error('down')))).rejects.toThrow('down')
    await expect(registry.run('a', () => 1)).rejects.toMatchObject({ code: 'ERR_CIRCUIT_OPEN', retryAfterMs: 100 })
    await expect(
      registry.run('b', () => {
        throw new Error('at once')
      }),
    ).rejects.toThrow('at once')
  })

  it('delete, destroy and permits of nobody', () => {
    const { registry } = make()
    const permit = registry.tryAcquire('a')
    expect(registry.delete('a')).toBe(true)
    expect(registry.delete('a')).toBe(false)
    for (const wrong of [permit, 0, -1, 0.5, Number.NaN, 2 ** 40]) registry.failure(wrong)
    expect(registry.size).toBe(0)
    registry.tryAcquire('b')
    registry[Symbol.dispose]()
    expect(registry.size).toBe(0)
  })

  it.each([
    [{ maxKeys: 0 }, 'maxKeys is 0; expected an integer from 1 to 262144'],
    [{ idleTtlMs: 0 }, 'idleTtlMs is 0'],
    [{ timeout: 5 }, 'timeout is no option of a registry'],
    [{ rollingWindowSize: Number.POSITIVE_INFINITY }, 'rollingWindowSize is Infinity'],
    [{ maxKey: 1 }, "unknown option 'maxKey'"],
  ])('refuses %j', (options, message) => {
    expect(() => new BreakerRegistry(options as BreakerRegistryOptions)).toThrow(message)
  })

  it('refuses a key that is none', () => {
    expect(() => make().registry.tryAcquire('')).toThrow('key is missing')
  })
})
