import { describe, expect, it } from 'vitest'
import { DuplicateEndpointError, type Endpoint, LoadBalancer } from '../src/index.ts'
import { balancerOf, countOf, selectMany } from './fixtures.ts'

describe('strategies', () => {
  it('round robin takes turns, and is the default', () => {
    const balancer = balancerOf('abc')
    expect(balancer.getStrategy()).toBe('round-robin')
    expect(selectMany(balancer, 7)).toBe('abcabca')
  })

  it('weighted is smooth', () => {
    const balancer = new LoadBalancer(
      [
        { id: 'a', value: 1, weight: 5 },
        { id: 'b', value: 2 },
        { id: 'c', value: 3, weight: 1 },
      ],
      { strategy: 'weighted' },
    )
    const ids = Array.from({ length: 14 }, () => balancer.select()?.id).join('')
    expect(ids).toBe('aabacaaaabacaa')
  })

  it('weighted passes over the unavailable and the excluded, however heavy, and in proportion', () => {
    const down = new Set(['heavy'])
    const balancer = new LoadBalancer(
      [
        { id: 'heavy', value: '', weight: 1000 },
        { id: 'b', value: '', weight: 2 },
        { id: 'c', value: '', weight: 1 },
      ],
      { strategy: 'weighted', isAvailable: ({ id }) => !down.has(id) },
    )
    const counts = countOf(selectMany(balancer, 3000))
    expect(Math.abs((counts.get('b') ?? 0) - 2000)).toBeLessThan(5)
    expect(selectMany(balancer, 4, new Set(['b']))).toBe('cccc')
    down.add('b').add('c')
    expect(balancer.select()).toBeNull()
  })

  it('least in-flight follows the leases', () => {
    const balancer = balancerOf('abc', { strategy: 'least-inflight' })
    const leases = Array.from({ length: 6 }, () => balancer.pick())
    expect(leases.map((lease) => lease?.endpoint.id).join('')).toBe('abcabc')
    leases[4]?.done()
    expect(balancer.pick()?.endpoint.id).toBe('b')
    leases[0]?.done()
    leases[3]?.done()
    expect(balancer.pick()?.endpoint.id).toBe('a')
    expect(balancer.pick()?.endpoint.id).toBe('a')
  })

  it('least in-flight takes turns among equals, also without leases', () => {
    expect(selectMany(balancerOf('abc', { strategy: 'least-inflight' }), 6)).toBe('abcabc')
  })

  it('random uses the injected source', () => {
    const draws = [0, 0.34, 0.99, 0.5]
    const balancer = balancerOf('abc', { strategy: 'random', random: () => draws.shift() ?? 0 })
    expect(selectMany(balancer, 4)).toBe('abcb')
  })

  it('knows the aliases and answers with the canonical name', () => {
    for (const [alias, name] of [
      ['round_robin', 'round-robin'],
      ['least_used', 'least-inflight'],
      ['least_conn', 'least-inflight'],
      ['least-pending', 'least-inflight'],
    ] as const) {
      expect(balancerOf('a', { strategy: alias }).getStrategy()).toBe(name)
      const balancer = balancerOf('a', { strategy: 'random' })
      balancer.setStrategy(alias)
      expect(balancer.getStrategy()).toBe(name)
    }
  })

  it('changes strategy without losing in-flight counts', () => {
    const balancer = balancerOf('abc')
    const leases = Array.from({ length: 5 }, () => balancer.pick())
    balancer.setStrategy('least-inflight')
    expect(balancer.pick()?.endpoint.id).toBe('c')
    leases[0]?.done()
    leases[3]?.done()
    expect(balancer.select()?.id).toBe('a')
    balancer.setStrategy('least_used')
    expect(balancer.select()?.id).toBe('a')
  })

  it('hands back the value as it is', () => {
    const value = { url: 'http://localhost' }
    expect(new LoadBalancer([{ id: 'a', value }]).select()?.value).toBe(value)
  })
})

describe('availability and exclusion', () => {
  it('asks isAvailable with the endpoint and passes over the unavailable', () => {
    const down = new Set(['b'])
    for (const strategy of ['round-robin', 'weighted', 'least-inflight', 'random'] as const) {
      const seen = new Set<Endpoint<string>>()
      const balancer = balancerOf('abc', {
        strategy,
        isAvailable: (endpoint) => {
          seen.add(endpoint)
          return !down.has(endpoint.id)
        },
      })
      expect(new Set(selectMany(balancer, 60))).toEqual(new Set(['a', 'c']))
      expect(seen).toEqual(new Set(balancer.endpoints()))
    }
  })

  it('gives null when all are excluded or unavailable, under every strategy', () => {
    for (const strategy of ['round-robin', 'weighted', 'least-inflight', 'random'] as const) {
      const balancer = balancerOf('abc', { strategy })
      expect(balancer.select({ exclude: new Set('abc') })).toBeNull()
      expect(balancer.pick({ exclude: new Set('abc') })).toBeNull()
      expect(balancer.pick({ exclude: new Set('ab') })?.endpoint.id).toBe('c')
      expect(balancerOf('abc', { strategy, isAvailable: () => false }).pick()).toBeNull()
      expect(balancerOf('', { strategy }).pick()).toBeNull()
    }
  })

  it('passes on what isAvailable throws, and is usable afterwards', () => {
    let broken = true
    const balancer = balancerOf('ab', {
      isAvailable: () => {
        if (broken) throw new Error('probe failed')
        return true
      },
    })
    expect(() => balancer.pick()).toThrow('probe failed')
    broken = false
    expect(selectMany(balancer, 3)).toBe('aba')
    expect(balancer.stats().map(({ inflight }) => inflight)).toEqual([0, 0])
  })

  it('rejects an isAvailable that does not answer with a boolean: a promise is always truthy', () => {
    const balancer = balancerOf('a', { isAvailable: (async () => false) as never })
    expect(() => balancer.select()).toThrow(
      new TypeError('options.isAvailable must return true or false, got an object'),
    )
  })

  it('rejects calls from inside isAvailable', () => {
    const attempts: ((balancer: LoadBalancer<string>) => unknown)[] = [
      (balancer) => balancer.select(),
      (balancer) => balancer.pick(),
      (balancer) => balancer.add({ id: 'x', value: '' }),
      (balancer) => balancer.remove('a'),
      (balancer) => balancer.drain('a'),
      (balancer) => balancer.enable('a'),
      (balancer) => balancer.setWeight('a', 2),
      (balancer) => balancer.setStrategy('random'),
      (balancer) => balancer.dropSession('s'),
      (balancer) => balancer.destroy(),
    ]
    for (const attempt of attempts) {
      const balancer: LoadBalancer<string> = balancerOf('ab', {
        isAvailable: () => {
          attempt(balancer)
          return true
        },
      })
      expect(() => balancer.select()).toThrow(expect.objectContaining({ code: 'ERR_BALANCER_REENTRANT' }))
    }
  })

  it('survives leases that end inside isAvailable', () => {
    const leases: { done(): void }[] = []
    const balancer = balancerOf('abcd', {
      strategy: 'least-inflight',
      isAvailable: ({ id }) => {
        leases.pop()?.done()
        return id === 'd'
      },
    })
    for (let time = 0; time < 50; time++) {
      const lease = balancer.pick()
      expect(lease?.endpoint.id).toBe('d')
      if (lease !== null) leases.push(lease)
    }
    for (const lease of leases) lease.done()
    expect(balancer.stats().map(({ inflight }) => inflight)).toEqual([0, 0, 0, 0])
  })
})

describe('changes of the set', () => {
  it('starts empty and grows', () => {
    const balancer = new LoadBalancer<number>([])
    expect(balancer.select()).toBeNull()
    expect(balancer.pick()).toBeNull()
    expect(balancer.endpoints()).toEqual([])
    expect(balancer.stats()).toEqual([])
    const endpoint = balancer.add({ id: 'a', value: 1 })
    expect(balancer.select()).toBe(endpoint)
    expect(balancer.size).toBe(1)
  })

  it('takes any iterable', () => {
    function* endpoints(): Generator<{ id: string; value: number }> {
      yield { id: 'a', value: 1 }
      yield { id: 'b', value: 2 }
    }
    expect(new LoadBalancer(endpoints()).size).toBe(2)
    expect(new LoadBalancer(new Set([{ id: 'a', value: 1 }])).size).toBe(1)
  })

  it('rejects an id that is taken, and stays as it was', () => {
    const twice = [
      { id: 'a', value: 1 },
      { id: 'a', value: 2 },
    ]
    expect(() => new LoadBalancer(twice)).toThrow(DuplicateEndpointError)
    const balancer = balancerOf('ab')
    const add = (): unknown => balancer.add({ id: 'a', value: 'other' })
    expect(add).toThrow('An endpoint with the id "a" is already in the set')
    expect(add).toThrow(
      expect.objectContaining({ code: 'ERR_DUPLICATE_ENDPOINT', id: 'a', name: 'DuplicateEndpointError' }),
    )
    expect(balancer.endpoints().map(({ value }) => value)).toEqual(['value of a', 'value of b'])
  })

  it('takes ids that are names of Object', () => {
    const balancer = new LoadBalancer(['__proto__', 'constructor', 'toString'].map((id) => ({ id, value: id })))
    expect(balancer.select({ exclude: new Set(['constructor', 'toString']) })?.id).toBe('__proto__')
    expect(balancer.remove('hasOwnProperty')).toBe(false)
    expect(balancer.remove('__proto__')).toBe(true)
    expect(balancer.size).toBe(2)
  })

  it('answers false for an endpoint it does not know', () => {
    const balancer = balancerOf('a')
    expect(balancer.remove('x')).toBe(false)
    expect(balancer.drain('x')).toBe(false)
    expect(balancer.enable('x')).toBe(false)
    expect(balancer.setWeight('x', 1)).toBe(false)
  })

  it('weight 0 takes no new work under any strategy; a weight gives it back', () => {
    for (const strategy of ['round-robin', 'weighted', 'least-inflight', 'random'] as const) {
      const balancer = new LoadBalancer(
        [
          { id: 'a', value: '', weight: 0 },
          { id: 'b', value: '', weight: 3 },
        ],
        { strategy },
      )
      expect(new Set(selectMany(balancer, 10))).toEqual(new Set(['b']))
      expect(balancer.setWeight('a', 3)).toBe(true)
      expect(new Set(selectMany(balancer, 40))).toEqual(new Set(['a', 'b']))
      balancer.setWeight('a', 0)
      balancer.setWeight('b', 0)
      expect(balancer.select()).toBeNull()
    }
  })

  it('one endpoint: every strategy returns it', () => {
    for (const strategy of ['round-robin', 'weighted', 'least-inflight', 'random'] as const) {
      expect(selectMany(balancerOf('a', { strategy }), 5)).toBe('aaaaa')
    }
  })

  it('weights changed while running take effect, for drained endpoints on enable', () => {
    const balancer = balancerOf('ab', { strategy: 'weighted' })
    balancer.setWeight('a', 3)
    expect(countOf(selectMany(balancer, 40)).get('a')).toBe(30)
    balancer.drain('b')
    balancer.setWeight('b', 9)
    expect(selectMany(balancer, 4)).toBe('aaaa')
    balancer.enable('b')
    expect(countOf(selectMany(balancer, 120)).get('b')).toBe(90)
  })

  it('re-uses the slots of the removed', () => {
    const balancer = balancerOf('')
    for (let n = 0; n < 70_000; n++) {
      balancer.add({ id: `${n}`, value: '' })
      if (n >= 3) balancer.remove(`${n - 3}`)
    }
    expect(selectMany(balancer, 3)).toBe('699976999869999')
  })

  it('holds 65 536 endpoints and says so beyond', () => {
    const balancer = new LoadBalancer(
      Array.from({ length: 65_536 }, (_, n) => ({ id: `${n}`, value: n })),
      { strategy: 'round-robin' },
    )
    const add = (): unknown => balancer.add({ id: 'x', value: 0 })
    expect(add).toThrow(new RangeError('A balancer holds at most 65536 endpoints'))
    expect(balancer.select({ sessionId: 's' })?.id).toBe('0')
    balancer.remove('65535')
    expect(balancer.add({ id: 'x', value: 0 }).id).toBe('x')
    const only = new Set(Array.from({ length: 65_535 }, (_, n) => `${n}`))
    expect(balancer.select({ sessionId: 'last slot', exclude: only })?.id).toBe('x')
    expect(balancer.pick({ sessionId: 'last slot' })?.reason).toBe('pinned')
  })

  it('endpoints are live views that print as JSON', () => {
    const balancer = balancerOf('a')
    const [endpoint] = balancer.endpoints()
    balancer.setWeight('a', 7)
    balancer.drain('a')
    expect(endpoint).toMatchObject({ id: 'a', value: 'value of a', weight: 7, draining: true, inflight: 0 })
    expect(JSON.parse(JSON.stringify(endpoint))).toMatchObject({ id: 'a', weight: 7 })
  })
})

describe('stats and events', () => {
  it('counts per endpoint', () => {
    const balancer = balancerOf('ab')
    balancer.pick()?.done('error')
    balancer.pick()?.done('timeout')
    balancer.pick()?.done('cancelled')
    balancer.pick({ sessionId: 's' })
    balancer.select()
    balancer.drain('b')
    const usual = { weight: 1, failures: 1, ejections: 0, retryAfterMs: 0, cost: null }
    expect(balancer.stats()).toEqual([
      { ...usual, id: 'a', inflight: 0, picks: 3, sessions: 0, draining: false, refusals: [] },
      { ...usual, id: 'b', inflight: 1, picks: 2, sessions: 1, draining: true, refusals: ['draining'] },
    ])
  })

  it('emits changes once they are in effect, and nothing on picks', () => {
    const balancer = balancerOf('a')
    const log: string[] = []
    balancer
      .on('endpoint-added', ({ endpoint }) => log.push(`+${endpoint.id} ${balancer.size}`))
      .on('endpoint-removed', ({ endpoint }) => log.push(`-${endpoint.id} ${balancer.size} ${endpoint.inflight}`))
      .on('endpoint-drained', ({ endpoint }) => log.push(`~${endpoint.id} ${endpoint.draining}`))
    balancer.add({ id: 'b', value: '' })
    balancer.drain('b')
    balancer.drain('b')
    balancer.pick()
    balancer.remove('a')
    balancer.remove('a')
    balancer.enable('b')
    balancer.drain('b')
    expect(log).toEqual(['+b 2', '~b true', '-a 1 1', '~b true'])
  })

  it('on, once and off', () => {
    const balancer = balancerOf('')
    const log: string[] = []
    const listener = ({ endpoint }: { endpoint: Endpoint<string> }): void => {
      log.push(endpoint.id)
    }
    balancer.once('endpoint-added', ({ endpoint }) => log.push(`once ${endpoint.id}`)).on('endpoint-added', listener)
    balancer.add({ id: 'a', value: '' })
    balancer.off('endpoint-added', listener)
    balancer.add({ id: 'b', value: '' })
    expect(log).toEqual(['once a', 'a'])
  })

  it('destroy lets go of everything and may be repeated', async () => {
    const balancer = balancerOf('ab')
    const log: string[] = []
    balancer.on('endpoint-removed', () => log.push('removed'))
    const lease = balancer.pick({ sessionId: 's' })
    balancer.destroy()
    balancer.destroy()
    expect(balancer.select({ sessionId: 's' })).toBeNull()
    expect(balancer.pick()).toBeNull()
    expect(balancer.endpoints()).toEqual([])
    expect(balancer.getCacheStats().size).toBe(0)
    expect(balancer.remove('a')).toBe(false)
    await expect(balancer.run(() => 1)).rejects.toMatchObject({ code: 'ERR_NO_UPSTREAM' })
    expect(() => balancer.add({ id: 'c', value: '' })).toThrow(
      expect.objectContaining({ code: 'ERR_BALANCER_DESTROYED' }),
    )
    lease?.done()
    expect(lease?.endpoint.inflight).toBe(0)
    expect(log).toEqual([])
  })
})
